"""Members of groups with directory roles: of those that hold one, and of those that may activate one."""

from typing import Any

import pytest
from tests.microsoft.counterparts import Script, says
from tests.observe.test_collector import Directory
from tests.support.cast import Cast

from tenantry.kit.clock import SettableClock
from tenantry.microsoft import Connection
from tenantry.observe.catalogue.identity import ROLE_GROUP_MEMBERS
from tenantry.observe.models import Outcome
from tenantry.observe.store import items_at
from tenantry.platform.work import Platform

_ROLES = "/v1.0/roleManagement/directory"
_NO_LICENCE = {"error": {"code": "AadPremiumLicenseRequired", "message": "The tenant needs Microsoft Entra ID P2."}}


def grants(*principals: str) -> dict[str, Any]:
    return {"value": [{"id": key, "principalId": key, "roleDefinitionId": "role"} for key in principals]}


@pytest.fixture
def directory(platform: Platform, cast: Cast, clock: SettableClock, script: Script, contoso: Connection) -> Directory:
    """One group holds a role, another may activate one; a person does both."""
    script.on(f"{_ROLES}/roleAssignments", says(grants("holding", "ida")))
    script.on(f"{_ROLES}/roleEligibilityScheduleInstances", says(grants("eligible", "ida")))
    for group, member in (("holding", "ben"), ("eligible", "eva")):
        script.on(f"/v1.0/groups/{group}/transitiveMembers", says({"value": [{"id": member}]}))
    script.on("/v1.0/groups/ida/transitiveMembers", says({"error": {"code": "Request_ResourceNotFound"}}, 404))
    return Directory(platform, cast, clock, script, contoso)


def known(directory: Directory) -> set[tuple[str, str]]:
    with directory.platform.work(directory.actor, read_only=True) as work:
        items = dict(items_at(work.session, directory.id, ROLE_GROUP_MEMBERS.name)).values()
    return {(item["groupId"], item["memberId"]) for item in items}


async def test_groups_that_may_activate_a_role_are_asked_too(directory: Directory) -> None:
    assert await directory.collect(ROLE_GROUP_MEMBERS) is Outcome.COMPLETE
    assert known(directory) == {("holding", "ben"), ("eligible", "eva")}


async def test_without_a_licence_for_activation_there_are_those_that_hold_one(directory: Directory) -> None:
    directory.script.on(f"{_ROLES}/roleEligibilityScheduleInstances", says(_NO_LICENCE, 400))
    assert await directory.collect(ROLE_GROUP_MEMBERS) is Outcome.COMPLETE
    assert known(directory) == {("holding", "ben")}


async def test_an_answer_that_fails_is_no_empty_list(directory: Directory) -> None:
    directory.script.on(f"{_ROLES}/roleEligibilityScheduleInstances", says({"error": {"code": "BadRequest"}}, 400))
    assert await directory.collect(ROLE_GROUP_MEMBERS) is not Outcome.COMPLETE
