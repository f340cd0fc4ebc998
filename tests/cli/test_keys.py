"""Where the master key may live, and turning keys over."""

import base64
import json
import os

from tests.cli.conftest import Terminal
from tests.mscloudsim.cloud import VAULT, Cloud, secret_form


def put_secret(cloud: Cloud, name: str, value: str) -> str:
    """Stores a secret in the simulated vault and returns its address."""
    token = cloud.ask_token(cloud.partner["id"], scope=VAULT, **secret_form(cloud.partner)).json()["access_token"]
    path = f"/vaults/{cloud.partner['vault']}/secrets/{name}"
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    answer = cloud.call(f"{path}?api-version=7.4", json.dumps({"value": value}).encode(), headers, "PUT")
    assert answer.status == 200, answer.body
    return f"{cloud.url}{path}"


def test_the_master_key_may_live_in_key_vault(empty: Terminal, cloud: Cloud) -> None:
    """The machine's managed identity opens the vault; nothing secret lies on the machine."""
    address = put_secret(cloud, "master", base64.b64encode(os.urandom(32)).decode())
    empty.settings["TENANTRY_MASTER_KEYS"] = json.dumps([f"keyvault:{address}"])
    assert empty.run("init", "--email", "alice@northwind.example").code == 0
    assert not (empty.folder / "var" / "master.key").exists()
    assert empty.run("keys", "rotate", "--json").json()["resealed"]


def test_a_vault_that_refuses_says_so_in_one_line(empty: Terminal, cloud: Cloud) -> None:
    empty.run("init", "--email", "alice@northwind.example")
    missing = f"keyvault:{cloud.url}/vaults/{cloud.partner['vault']}/secrets/nothing"
    ran = empty.run("keys", "rotate", TENANTRY_MASTER_KEYS=json.dumps([missing]))
    assert ran.code == 1
    assert "nothing" in ran.err


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
