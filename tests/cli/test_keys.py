"""Where the master key may live, and turning keys over."""

import base64
import json
import os

import pytest
from tests.cli.conftest import Terminal
from tests.mscloudsim.cloud import Cloud
from tests.support.vault import put_secret, vault


def test_the_master_key_may_live_in_key_vault(empty: Terminal, cloud: Cloud) -> None:
    """The machine's managed identity opens the vault; nothing secret lies on the machine."""
    address = put_secret(cloud, "master", base64.b64encode(os.urandom(32)).decode())
    empty.settings["TENANTRY_MASTER_KEYS"] = json.dumps([f"keyvault:{address}"])
    assert empty.run("init", "--email", "alice@northwind.example").code == 0
    assert not (empty.folder / "var" / "master.key").exists()
    assert empty.run("keys", "rotate", "--json").json()["resealed"]


def test_a_vault_that_refuses_says_so_in_one_line(empty: Terminal, cloud: Cloud) -> None:
    empty.run("init", "--email", "alice@northwind.example")
    missing = f"keyvault:{vault(cloud)}/secrets/nothing"
    ran = empty.run("keys", "rotate", TENANTRY_MASTER_KEYS=json.dumps([missing]))
    assert ran.code == 1
    assert "no such secret" in " ".join(ran.err.split())
    assert missing in "".join(ran.err.split())


@pytest.mark.parametrize("value", ["{key}", '["{key}"]', '["env:{key}"]'], ids=["bare", "no reference", "no name"])
@pytest.mark.parametrize("command", [("keys", "rotate"), ("init", "--email", "a@b.example"), ("serve",)], ids=" ".join)
def test_a_key_in_the_place_of_its_reference_is_not_shown(
    empty: Terminal, value: str, command: tuple[str, ...]
) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    ran = empty.run(*command, TENANTRY_MASTER_KEYS=value.replace("{key}", key), TENANTRY_LOG_LEVEL="DEBUG")
    assert ran.code != 0
    assert "master_keys" in ran.err.lower()
    assert key[:20] not in ran.out + ran.err
    assert not (empty.folder / "var").exists(), "nothing was made"


def test_keys_turn_over_and_the_past_stays_readable(terminal: Terminal) -> None:
    first = terminal.run("keys", "rotate", "--json").json()["master_key"]
    second = terminal.run("keys", "rotate", "--new-master-key", "--json").json()["master_key"]
    assert first != second
    assert terminal.run("audit", "seal").code == 0
    assert all(row["broken_at"] is None for row in terminal.run("audit", "verify", "--json").json())


def test_a_generated_key_is_one(terminal: Terminal) -> None:
    assert len(base64.b64decode(terminal.run("keys", "generate").out)) == 32


def test_without_a_key_nothing_starts(empty: Terminal) -> None:
    ran = empty.run("keys", "rotate")
    assert ran.code == 1
    assert "tenantry init" in ran.err
