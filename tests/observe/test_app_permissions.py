"""Application permissions: all of them, each with the name its resource gives it, whoever asks in which way."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.microsoft.counterparts import Cloud, Script, says
from tests.observe.test_collector import Directory
from tests.support.cast import Cast

from tenantry.kit.clock import SettableClock
from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Connection, Microsoft, simulator
from tenantry.observe.catalogue.identity import APP_ROLE_ASSIGNMENTS
from tenantry.observe.models import Collection, Outcome
from tenantry.observe.store import items_at
from tenantry.platform.work import Platform


@pytest.fixture
def tenant(cloud: Cloud) -> dict[str, Any]:
    fitting = (row for row in cloud.tenants[1:] if row["flaw"] == "none" and row["reach"] == "app_registration")
    return max(fitting, key=lambda row: int(row["users"]))


@pytest.fixture
async def directory(
    platform: Platform, cast: Cast, clock: SettableClock, cloud: Cloud, tenant: dict[str, Any]
) -> AsyncIterator[Directory]:
    async with Microsoft(simulator(cloud.address)) as microsoft:
        link = microsoft.tenant(tenant["id"], ClientSecret(tenant["client_id"], Secret(tenant["client_secret"])))
        yield Directory(platform, cast, clock, Script(), link)


def known(directory: Directory) -> dict[str, Any]:
    with directory.platform.work(directory.actor, read_only=True) as work:
        return dict(items_at(work.session, directory.id, APP_ROLE_ASSIGNMENTS.name))


async def test_asking_the_resources_brings_what_asking_each_application_would(
    directory: Directory, cloud: Cloud, tenant: dict[str, Any]
) -> None:
    assert await directory.collect(APP_ROLE_ASSIGNMENTS) is Outcome.COMPLETE
    items = known(directory)
    expected = set()
    async for principal in directory.link.graph.items("/servicePrincipals?$select=id&$top=999"):
        path = f"/servicePrincipals/{principal['id']}/appRoleAssignments"
        expected |= {item["id"].lower() async for item in directory.link.graph.items(path)}
    assert set(items) == expected
    names = {f"{item['resourceDisplayName']}: {item['appRoleValue']}" for item in items.values()}
    assert "Microsoft Graph: User.Read.All" in names
    assert all(item["principalType"] == "ServicePrincipal" for item in items.values())


async def test_without_the_permission_nothing_is_known(
    directory: Directory, cloud: Cloud, tenant: dict[str, Any]
) -> None:
    fault = {"kind": "forbidden", "service": "graph", "path": "servicePrincipals", "tenant": tenant["id"]}
    await cloud.order("faults", fault)
    assert await directory.collect(APP_ROLE_ASSIGNMENTS) is Outcome.NO_ACCESS
    assert known(directory) == {}
    (collection,) = directory.rows(Collection)
    assert collection.missing_permission == "Application.Read.All"


async def test_a_refusal_inside_the_batch_is_no_empty_answer_and_a_resource_may_be_gone(
    platform: Platform, cast: Cast, clock: SettableClock, script: Script, contoso: Connection
) -> None:
    directory = Directory(platform, cast, clock, script, contoso)
    roles = [{"id": "r", "value": "User.Read.All", "allowedMemberTypes": ["Application"]}]
    resources = [{"id": key, "appId": key, "displayName": key, "appRoles": roles} for key in ("graph", "gone")]
    granted = {"id": "a", "principalType": "ServicePrincipal", "appRoleId": "r"}
    somebody = {"id": "b", "principalType": "User", "appRoleId": "r"}
    answered = {"id": "0", "status": 200, "body": {"value": [granted, somebody]}}
    refused = {"id": "0", "status": 403, "body": {"error": {"code": "Authorization_RequestDenied", "message": ""}}}
    gone = {"id": "1", "status": 404, "body": {"error": {"code": "Request_ResourceNotFound", "message": ""}}}
    script.on("/v1.0/servicePrincipals", says({"value": resources}))
    script.on("/v1.0/$batch", says({"responses": [answered, gone]}), says({"responses": [refused, gone]}))
    assert await directory.collect(APP_ROLE_ASSIGNMENTS) is Outcome.COMPLETE
    assert [item["appRoleValue"] for item in known(directory).values()] == ["User.Read.All"]
    assert await directory.collect(APP_ROLE_ASSIGNMENTS) is Outcome.NO_ACCESS
    assert list(known(directory)) == ["a"]
