"""How often datasets come: 1 to 24 hours each, spread, changed over the API, and only by who may."""

from typing import Any

import pytest
from sqlalchemy import select
from tests.estate.test_api import BASE, body
from tests.support.cast import Cast
from tests.support.web import Client

from tenantry.estate.models import Lifecycle, MicrosoftTenant, Step
from tenantry.observe.schedules import apply_schedules
from tenantry.platform.jobs.models import Schedule
from tenantry.platform.work import Platform


@pytest.fixture
def contoso(alice: Client, platform: Platform, cast: Cast) -> str:
    """As it is after its first collection."""
    key: str = alice.post(BASE, body()).json()["id"]
    with platform.work(cast.alice.actor) as work:
        tenant = work.session.scalars(select(MicrosoftTenant)).one()
        tenant.lifecycle, tenant.step = Lifecycle.ACTIVE, Step.DONE
        apply_schedules(work, tenant)
    return key


def datasets(client: Client, key: str) -> dict[str, Any]:
    return {item["name"]: item for item in client.get(f"{BASE}/{key}/datasets").json()["items"]}


def enabled(platform: Platform, cast: Cast) -> dict[str, list[str]]:
    with platform.work(cast.alice.actor, read_only=True) as work:
        rows = work.session.scalars(select(Schedule).where(Schedule.is_enabled))
        return {row.name: row.arguments["datasets"] for row in rows}


def test_a_chosen_interval_holds_until_the_default_is_taken_again(
    alice: Client, contoso: str, platform: Platform, cast: Cast
) -> None:
    before = datasets(alice, contoso)["entra.users"]
    assert (before["every_hours"], before["is_default"]) == (4, True)
    answer = alice.request("PUT", f"{BASE}/{contoso}/schedule", {"hours": {"entra.users": 1}})
    assert answer.status == 200, answer.text
    after = datasets(alice, contoso)["entra.users"]
    assert (after["every_hours"], after["is_default"]) == (1, False)
    assert enabled(platform, cast)["every 1 h"] == ["entra.users"]
    alice.request("PUT", f"{BASE}/{contoso}/schedule", {"hours": {"entra.users": None}})
    assert datasets(alice, contoso)["entra.users"] == before
    assert "every 1 h" not in enabled(platform, cast), "an interval nobody uses ends"
    assert "dataset_schedule.created" in alice.get("/audit.json").text


@pytest.mark.parametrize(
    "hours", [{"entra.users": 0}, {"entra.users": 25}, {"entra.users": 1.5}, {"no.such": 4}, {}, {"entra.users": "x"}]
)
def test_impossible_intervals_change_nothing(alice: Client, contoso: str, hours: dict[str, Any]) -> None:
    before = datasets(alice, contoso)
    assert alice.request("PUT", f"{BASE}/{contoso}/schedule", {"hours": hours}).status == 422
    assert datasets(alice, contoso) == before


def test_only_who_may_manage_changes_it(bob: Client, charlie: Client, contoso: str) -> None:
    wanted = {"hours": {"entra.users": 1}}
    assert bob.get(f"{BASE}/{contoso}/datasets").status == 200
    assert bob.request("PUT", f"{BASE}/{contoso}/schedule", wanted).status == 403
    assert charlie.request("PUT", f"{BASE}/{contoso}/schedule", wanted).status == 404
    assert charlie.get(f"{BASE}/{contoso}/datasets").status == 404


def test_a_paused_one_is_not_collected_and_comes_back_spread(
    alice: Client, contoso: str, platform: Platform, cast: Cast
) -> None:
    alice.post(f"{BASE}/{contoso}/pause")
    assert enabled(platform, cast) == {}
    assert alice.post(f"{BASE}/{contoso}/collect").status == 409
    assert alice.post(f"{BASE}/{contoso}/test").status == 409
