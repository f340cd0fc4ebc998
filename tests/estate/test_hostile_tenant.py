"""A Microsoft tenant full of hostile names, from its onboarding to a write in it, over the simulated cloud."""

from typing import Any

import pytest
from tests.estate.conftest import Operated, assert_sound, until
from tests.support.hostile import HOSTILE, received

OPERATIONS = "/api/v1/operations"
GROUPS = ["R&D #1 + 50% 'core' / ?$top=1", "x' or '1' eq '1", "a&$filter=securityEnabled eq true", "<b>\u202e =1+1"]


@pytest.fixture
def tenant(operated: Operated) -> dict[str, Any]:
    """Not the one other tests collect: its people stay."""
    healthy = [row for row in operated.cloud.tenants if (row["flaw"], row["reach"]) == ("none", "app_registration")]
    return healthy[-1]


def ended(operated: Operated, wanted: dict[str, Any]) -> dict[str, Any]:
    asked = operated.alice.post(OPERATIONS, wanted)
    assert asked.status == 202, asked.text
    where = f"{OPERATIONS}/{asked.json()['id']}"
    until(lambda: operated.alice.get(where).json()["state"] in ("succeeded", "failed"))
    found: dict[str, Any] = operated.alice.get(where).json()
    return found


def test_hostile_names_are_collected_listed_and_written(operated: Operated, tenant: dict[str, Any]) -> None:
    names = {received(text)[:256] for text in HOSTILE.values()} | {"nu\x00l and \x1b[31m"}
    for name in names:
        operated.cloud.order("changes", {"kind": "user_joins", "tenant": tenant["id"], "name": name})
    key = operated.onboard(tenant).json()["id"]
    operated.idle(key)
    until(lambda: operated.get(key)["step"] == "done")
    assert_sound(operated.outcomes(key))
    stored = {name.replace("\x00", "\ufffd") for name in names}
    told = {row["name"] for row in operated.alice.get("/identity/users/export.json", tenant=key).json()}
    assert stored <= told

    listed = ended(operated, {"kind": "list-users", "microsoft_tenant_id": key, "arguments": {"limit": 999}})
    assert listed["state"] == "succeeded", listed["problem"]
    assert stored <= {row["displayName"] for row in listed["result"]["rows"]}

    for name in (f"{text} {key}" for text in GROUPS):
        wanted = {"kind": "create-security-group", "microsoft_tenant_id": key, "arguments": {"name": name}}
        made = ended(operated, wanted)
        assert made["state"] == "succeeded", made["problem"]
        assert [row["displayName"] for row in made["result"]["rows"]] == [name]
        planned = ended_plan(operated, {**wanted, "dry_run": True})
        assert planned["plan"]["effect"].endswith("1 of this name exist already."), "the name is looked for as it is"


def ended_plan(operated: Operated, wanted: dict[str, Any]) -> dict[str, Any]:
    where = f"{OPERATIONS}/{operated.alice.post(OPERATIONS, wanted).json()['id']}"
    until(lambda: operated.alice.get(where).json()["state"] in ("planned", "failed"))
    found: dict[str, Any] = operated.alice.get(where).json()
    return found


@pytest.mark.parametrize("name", ["nu\x00l", "half \ud83d"])
def test_what_no_column_holds_is_refused_before_it_is_stored(operated: Operated, name: str) -> None:
    key = operated.onboard(operated.cloud.customer(flaw="none", reach="app_registration")).json()["id"]
    wanted = {"kind": "create-security-group", "microsoft_tenant_id": key, "arguments": {"name": name}}
    answer = operated.alice.post(OPERATIONS, wanted)
    assert answer.status == 422, answer.text
    assert operated.alice.get(OPERATIONS).json()["items"] == []
    operated.idle(key)
