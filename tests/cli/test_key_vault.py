"""Customers' credentials that stay in Key Vault: read as the machine's managed identity, never stored with us."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Ran, Terminal, entry
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.credentials import make_certificate
from tests.support.vault import put_secret, vault

NAME = "Contoso Health"


@pytest.fixture
def contoso(cloud: Cloud) -> dict[str, Any]:
    return cloud.customer(name=NAME)


@pytest.fixture(autouse=True)
def _healthy(cloud: Cloud) -> None:
    cloud.order("faults", method="DELETE")


def tenants_file(terminal: Terminal, tenant: dict[str, Any], reference: str) -> Path:
    path = terminal.folder / "tenants.yaml"
    path.write_text("microsoft_tenants:\n" + entry(tenant, reference))
    return path


def add(terminal: Terminal, tenant: dict[str, Any], reference: str) -> Ran:
    return terminal.run("microsoft-tenants", "add", "--config", str(tenants_file(terminal, tenant, reference)))


def told(ran: Ran) -> str:
    """Standard error without the folds of an 80 column terminal."""
    return "".join(ran.err.split())


def words(text: str) -> str:
    return "".join(text.split())


def shown(terminal: Terminal) -> Any:
    return terminal.run("microsoft-tenants", "show", NAME, "--json").json()


def test_a_secret_in_key_vault_is_all_it_takes(terminal: Terminal, cloud: Cloud, contoso: dict[str, Any]) -> None:
    """From the file to collected data, and nothing but the reference is kept."""
    address = put_secret(cloud, "contoso", contoso["client_secret"])
    ran = add(terminal, contoso, f"keyvault:{address}")
    assert ran.code == 0, ran.err
    collected = terminal.run("collect", NAME, "--dataset", "entra.users", "--json").json()
    assert [row["outcome"] for row in collected["datasets"]] == ["complete"]
    credential = shown(terminal)["credential"]
    assert (credential["reference"], credential["hint"]) == (f"keyvault:{address}", None)
    assert cloud.order("stats", method="GET")["requests"]
    kept = b"".join(path.read_bytes() for path in (terminal.folder / "var").iterdir())
    assert address.encode() in kept
    assert contoso["client_secret"].encode() not in kept


def test_a_new_version_is_used_from_then_on(terminal: Terminal, cloud: Cloud, contoso: dict[str, Any]) -> None:
    """Rotation is the vault's business: the reference stays."""
    address = put_secret(cloud, "rotating", "not-the-secret-any-more")
    assert add(terminal, contoso, f"keyvault:{address}").code == 1
    assert "credential is not accepted" in shown(terminal)["problem_message"]
    put_secret(cloud, "rotating", contoso["client_secret"])
    assert terminal.run("microsoft-tenants", "resume", NAME).code == 0
    assert shown(terminal)["lifecycle"] == "active"


def test_a_certificate_may_live_there_too(terminal: Terminal, cloud: Cloud, contoso: dict[str, Any]) -> None:
    certified = make_certificate()
    cloud.order("credentials", {"tenant": contoso["id"], "certificate": certified.pem})
    address = put_secret(cloud, "contoso-certificate", certified.pem_with_key.decode())
    assert add(terminal, contoso, f"keyvault:{put_secret(cloud, 'wrong', 'no PEM')}").code == 1
    options = ("--kind", "certificate", "--client-id", contoso["client_id"], "--reference", f"keyvault:{address}")
    ran = terminal.run("microsoft-tenants", "credential", NAME, *options, "--json")
    assert ran.json()["connection"] in ("working", "limited")
    assert "PRIVATE KEY" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("path", "faults", "why"),
    [
        ("secrets/nothing", [], "there is no such vault, or no such secret in it"),
        ("secrets/retired-client-secret", [], "the secret is disabled; enable it, or add a new version"),
        ("secrets/retired-client-secret", ["forbidden"], "give that the role Key Vault Secrets User"),
        ("../elsewhere/secrets/contoso", [], "there is no such vault, or no such secret in it"),
        ("secrets/blank", [], "it is empty"),
        ("secrets/retired-client-secret", ["expired_token"] * 2, "does not accept this machine's managed identity"),
        ("secrets/retired-client-secret", ["malformed"], "the vault's answer holds no secret"),
    ],
    ids=["missing", "disabled", "refused", "no vault", "empty", "rejected", "garbled"],
)
def test_what_the_vault_says_no_to_is_said_in_a_sentence(
    terminal: Terminal, cloud: Cloud, contoso: dict[str, Any], path: str, faults: list[str], why: str
) -> None:
    put_secret(cloud, "blank", "  ")
    if "malformed" in faults:
        path = f"secrets/{put_secret(cloud, 'garbled', 'x').rpartition('/')[2]}"
    for kind in faults:
        cloud.order("faults", {"kind": kind, "service": "key-vault", "times": 1})
    address = vault(cloud).rpartition("/")[0] + path[2:] if path.startswith("..") else f"{vault(cloud)}/{path}"
    ran = add(terminal, contoso, f"keyvault:{address}")
    assert ran.code == 1
    assert words(f"{NAME}: The reference keyvault:{address} leads to nothing:") in told(ran)
    assert words(why) in told(ran)
    assert_nothing_half_done(terminal)


def assert_nothing_half_done(terminal: Terminal) -> None:
    """The onboarding stands where it stopped, to be resumed; nothing was collected, nothing comes again."""
    row = shown(terminal)
    assert (row["lifecycle"], row["step"], row["connection"]) == ("onboarding", "token", "broken")
    assert row["problem_code"] == "unresolved_reference"
    jobs = terminal.run("jobs", "list", "--json").json()
    assert [(job["kind"], job["state"]) for job in jobs if job["kind"] != "audit.seal"] == [
        ("estate.onboard", "failed")
    ]


IMPOSSIBLE = (
    "keyvault:ours.vault.azure.net/secrets/contoso",
    "keyvault:https://ours.vault.azure.net/keys/contoso",
    "keyvault:https://ours.vault.azure.net/secrets/",
    "keyvault:https://ours.vault.azure.net/secrets/a_b",
    "keyvault:https://me:hunter2@ours.vault.azure.net/secrets/contoso",
    "keyvault:https://ours.vault.azure.net/secrets/contoso?sig=hunter2",
    "keyvault:https://ours.vault.azure.net:99999/secrets/contoso",
    "keyvault:https://[ours/secrets/contoso",
    "keyvault:ftp://ours.vault.azure.net/secrets/contoso",
)


def test_an_address_that_cannot_be_one_is_refused_before_anything_happens(
    terminal: Terminal, contoso: dict[str, Any]
) -> None:
    for reference in IMPOSSIBLE:
        ran = add(terminal, contoso, reference)
        assert ran.code == 2, reference
        assert words("tenants.yaml, microsoft_tenants.0.credential.reference") in told(ran)
        assert "hunter2" not in ran.out + ran.err, "what stands there may be the secret itself"
    assert terminal.run("microsoft-tenants", "list", "--json").json() == []


def test_a_vault_of_another_cloud_is_not_shown_our_identity(
    terminal: Terminal, cloud: Cloud, contoso: dict[str, Any]
) -> None:
    """The master key's reference, too, is refused before a token is asked for: there is nobody to ask here."""
    wanted = json.dumps(["keyvault:https://ours.vault.azure.net.evil.example/secrets/key"])
    ran = terminal.run("keys", "rotate", TENANTRY_MASTER_KEYS=wanted, TENANTRY_CLOUD="public")
    assert ran.code == 1
    assert words("a vault of this cloud is at https://….vault.azure.net") in told(ran)


def test_a_vault_that_does_not_answer_is_named(terminal: Terminal, contoso: dict[str, Any]) -> None:
    """It may answer in a while, so the onboarding is tried again, and then waits to be resumed."""
    ran = add(terminal, contoso, "keyvault:http://127.0.0.1:9/vaults/gone/secrets/contoso")
    assert ran.code == 1
    assert words("Microsoft's service does not answer.") in told(ran)
    assert "127.0.0.1" in told(ran)


def test_one_operation_straight_from_a_file_reads_the_vault(
    terminal: Terminal, cloud: Cloud, contoso: dict[str, Any]
) -> None:
    path = tenants_file(terminal, contoso, f"keyvault:{put_secret(cloud, 'contoso', contoso['client_secret'])}")
    wanted = ("run", "--config", str(path), "--operation", "list-users", "--tenant-id", contoso["id"])
    assert len(terminal.run(*wanted, "--json").json()["rows"]) > 5
    tenants_file(terminal, contoso, f"keyvault:{vault(cloud)}/secrets/nothing")
    ran = terminal.run(*wanted)
    assert (ran.code, ran.out) == (1, "")
    assert words("there is no such vault, or no such secret in it") in told(ran)
