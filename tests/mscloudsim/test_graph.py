"""Graph as its callers meet it: lists, pages, queries, refusals, changes, batches, writes, and flat memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.mscloudsim.cloud import Answer, Cloud, serving

EVENTUAL = {"consistencylevel": "eventual"}


class Caller:
    """Somebody with a token of one tenant."""

    def __init__(self, cloud: Cloud, tenant: dict[str, Any], *extra: str) -> None:
        self.cloud, self.tenant = cloud, tenant
        if extra:
            cloud.order("consent", {"tenant": tenant["id"], "permissions": [*tenant["consented"], *extra]})
        self.token = cloud.token(tenant)

    def ask(self, path: str, body: Any = None, method: str | None = None, **headers: str) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        address = path.removeprefix(self.cloud.url)
        address = address if address.startswith(("/v1.0", "/beta")) else f"/v1.0{quote(address, safe='/?$&=(),:%')}"
        return self.cloud.call(address, content, {"authorization": f"Bearer {self.token}", **headers}, method)

    def pages(self, path: str, **headers: str) -> Iterator[dict[str, Any]]:
        following = path
        while following:
            body = self.ask(following, **headers).json()
            yield body
            following = body.get("@odata.nextLink", "")

    def items(self, path: str, **headers: str) -> list[dict[str, Any]]:
        return [item for body in self.pages(path, **headers) for item in body["value"]]

    def refusal(self, path: str, **headers: str) -> tuple[int, str]:
        answer = self.ask(path, **headers)
        return answer.status, answer.json()["error"]["code"]


@pytest.fixture
def caller(cloud: Cloud) -> Caller:
    """Of the largest customer that has Entra ID P1 and no flaw."""
    usable = [t for t in cloud.tenants[1:] if t["reach"] == "app_registration" and t["flaw"] == "none"]
    return Caller(cloud, max((t for t in usable if t["licence"] != "free"), key=lambda tenant: tenant["users"]))


@pytest.fixture
def writer(cloud: Cloud) -> Iterator[Caller]:
    tenant = cloud.partner
    yield Caller(cloud, tenant, "Group.ReadWrite.All", "Policy.ReadWrite.ConditionalAccess")
    cloud.order("consent", {"tenant": tenant["id"], "permissions": tenant["consented"]})


def test_who_answers_for_guests_applications_and_their_users_is_told(caller: Caller) -> None:
    people = {user["id"] for user in caller.items("/users?$select=id,userType&$top=999")}
    guests = caller.items("/users?$filter=userType eq 'Guest'&$select=id&$expand=sponsors($select=id,displayName)")
    registrations = caller.items("/applications?$select=id&$expand=owners($select=id)")
    for relation, items in (("sponsors", guests), ("owners", registrations)):
        found = [{one["id"] for one in item[relation]} for item in items]
        assert any(found)
        assert set().union(*found) <= people
    members = caller.items("/users?$filter=userType eq 'Member'&$select=id&$expand=sponsors($select=id)")
    assert not any(member["sponsors"] for member in members)
    assigned = [
        one
        for principal in caller.items("/servicePrincipals?$select=id")
        for one in caller.items(f"/servicePrincipals/{principal['id']}/appRoleAssignedTo")
        if one["principalType"] != "ServicePrincipal"
    ]
    groups = {group["id"] for group in caller.items("/groups?$select=id&$top=999")}
    assert {one["principalId"] for one in assigned} <= people | groups
    assert len({one["id"] for one in assigned}) == len(assigned) > 0


@pytest.mark.parametrize("size", [1, 7, 999])
def test_every_page_size_gives_everybody_once(caller: Caller, size: int) -> None:
    total = int(caller.ask("/users/$count", **EVENTUAL).body)
    ids = [user["id"] for user in caller.items(f"/users?$select=id&$top={size}")]
    assert len(ids) == len(set(ids)) == total


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("$top=1000", "Request_BadRequest"),
        ("$top=0", "Request_BadRequest"),
        ("$skip=5", "Request_BadRequest"),
        ("$invented=1", "Request_BadRequest"),
        ("$select=invented", "Request_BadRequest"),
        ("$filter=displayName eq", "Request_BadRequest"),
        ("$filter=accountEnabled eq 'x'", "Request_BadRequest"),
        ("$filter=userType ne 'Guest'", "Request_UnsupportedQuery"),
        ("$orderby=createdDateTime", "Request_UnsupportedQuery"),
        ('$search="displayName:a"', "Request_UnsupportedQuery"),
        ("$expand=manager,memberOf", "Request_BadRequest"),
        ("$skiptoken=invented", "Directory_ExpiredPageToken"),
    ],
)
def test_what_the_service_does_not_support_is_refused(caller: Caller, query: str, code: str) -> None:
    assert caller.refusal(f"/users?{query}") == (400, code)


def test_filters_searches_and_orders_agree_with_the_whole_list(caller: Caller) -> None:
    names = "id,displayName,userType,accountEnabled"
    everybody = caller.items(f"/users?$select={names}&$top=999")
    guests = caller.ask(f"/users?$select={names}&$count=true&$top=999&$filter=userType eq 'Guest'", **EVENTUAL).json()
    wanted = [user for user in everybody if user["userType"] == "Guest"]
    assert wanted
    assert guests["value"] == wanted
    assert guests["@odata.count"] == len(wanted)
    ordered = caller.items("/users?$select=displayName&$orderby=displayName desc&$top=9")
    shown = [user["displayName"].casefold() for user in ordered]
    assert shown == sorted(shown, reverse=True)
    word = everybody[20]["displayName"].split()[0]
    found = caller.items(f'/users?$select=id&$search="displayName:{quote(word)}"', **EVENTUAL)
    assert everybody[20]["id"] in {user["id"] for user in found}


def test_a_relation_is_expanded_and_groups_agree_with_their_members(caller: Caller) -> None:
    group = caller.items("/groups?$select=id,displayName")[-1]
    members = [item["id"] for item in caller.items(f"/groups/{group['id']}/members?$select=id&$top=3")]
    total = int(caller.ask(f"/groups/{group['id']}/members/$count", **EVENTUAL).body)
    assert total == len(members) == len(set(members))
    expanded = caller.ask(f"/groups/{group['id']}?$select=id&$expand=members($select=id)").json()["members"]
    assert [item["id"] for item in expanded] == members[:20]
    person = next(
        item["id"] for item in caller.items(f"/groups/{group['id']}/members") if "user" in item["@odata.type"]
    )
    assert group["id"] in {item["id"] for item in caller.items(f"/users/{person}/memberOf?$select=id")}


def test_sign_in_activity_has_its_own_limit_permission_and_licence(cloud: Cloud, caller: Caller) -> None:
    assert caller.ask("/users?$select=id,signInActivity&$top=120").status == 200
    assert caller.refusal("/users?$select=id,signInActivity&$top=121") == (400, "Request_BadRequest")
    path = "/users?$select=id,signInActivity"
    free = Caller(cloud, cloud.customer(licence="free", reach="app_registration", flaw="none"))
    assert free.refusal(path) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert free.refusal("/auditLogs/signIns") == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert free.refusal("/identity/conditionalAccess/policies") == (403, "AadPremiumLicenseRequired")
    lacking = Caller(cloud, cloud.customer(flaw="missing_permission"))
    assert lacking.refusal(path) == (403, "Authorization_RequestDenied")


def test_logs_come_newest_first_and_stop_at_the_filter(caller: Caller) -> None:
    moments = [row["createdDateTime"] for row in caller.ask("/auditLogs/signIns?$top=200").json()["value"]]
    assert moments == sorted(moments, reverse=True)
    late = caller.items(f"/auditLogs/signIns?$filter=createdDateTime ge {moments[50]}")
    assert [row["createdDateTime"] for row in late] == [moment for moment in moments if moment >= moments[50]]


def test_changes_are_told_once_and_a_lost_state_starts_over(cloud: Cloud, caller: Caller) -> None:
    domain = caller.tenant["domain"]
    *_, last = caller.pages("/users/delta?$select=id,displayName,jobTitle")
    joined = cloud.order("changes", {"kind": "user_joins", "tenant": domain, "name": "Neu Hier"})["id"]
    edit = {"kind": "user_edited", "tenant": domain, "user": joined, "values": {"jobTitle": "Buyer"}}
    cloud.order("changes", edit)
    body = caller.ask(last["@odata.deltaLink"]).json()
    assert body["value"] == [{"id": joined, "displayName": "Neu Hier", "jobTitle": "Buyer"}]
    cloud.order("changes", {"kind": "user_leaves", "tenant": domain, "user": joined})
    gone = caller.ask(body["@odata.deltaLink"]).json()
    assert gone["value"] == [{"id": joined, "@removed": {"reason": "changed"}}]
    assert caller.ask(gone["@odata.deltaLink"]).json()["value"] == []
    cloud.order("faults", {"kind": "resync", "service": "graph"})
    lost = caller.ask(gone["@odata.deltaLink"])
    assert (lost.status, lost.json()["error"]["code"]) == (410, "resyncRequired")
    assert len(caller.ask(lost.headers["location"]).json()["value"]) > 10


def test_a_change_leaves_the_entry_of_its_actor(cloud: Cloud, writer: Caller) -> None:
    policy = writer.items("/identity/conditionalAccess/policies")[0]
    order = {"kind": "policy_edited", "tenant": writer.tenant["domain"], "policy": policy["displayName"]}
    cloud.order("changes", {**order, "values": {"state": "disabled"}, "by": "mallory@cascadia.example"})
    entry = writer.ask("/auditLogs/directoryAudits?$top=1").json()["value"][0]
    assert entry["initiatedBy"]["user"]["userPrincipalName"] == "mallory@cascadia.example"
    assert entry["activityDisplayName"] == "Update conditional access policy"
    old, new = (
        json.loads(entry["targetResources"][0]["modifiedProperties"][0][name]) for name in ("oldValue", "newValue")
    )
    assert (old["id"], new["state"]) == (policy["id"], "disabled")


def test_a_group_is_made_filled_changed_and_deleted(writer: Caller) -> None:
    body = {"displayName": "Crew", "mailEnabled": False, "mailNickname": "crew", "securityEnabled": True}
    made = writer.ask("/groups", body)
    group = f"/groups/{made.json()['id']}"
    user = writer.items("/users?$top=5")[0]["id"]
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
    assert [writer.ask(f"{group}/members/$ref", reference).status for _ in range(2)] == [204, 400]
    assert [item["id"] for item in writer.items(f"{group}/members")] == [user]
    assert writer.ask(group, {"description": "Ahoy"}, "PATCH").status == 204
    assert writer.ask(group).json()["description"] == "Ahoy"
    assert [writer.ask(f"{group}/members/{user}/$ref", method="DELETE").status for _ in range(2)] == [204, 404]
    assert writer.ask(group, method="DELETE").status == 204
    assert writer.refusal(group) == (404, "Request_ResourceNotFound")
    for wrong in ({}, {**body, "securityEnabled": "yes"}, {**body, "invented": 1}, {**body, "displayName": "x" * 257}):
        assert writer.ask("/groups", wrong).status == 400


def test_a_reader_may_not_write(caller: Caller) -> None:
    group = caller.items("/groups?$top=1")[0]["id"]
    assert caller.ask(f"/groups/{group}", {"description": "x"}, "PATCH").status == 403


def test_items_of_a_batch_fail_and_wait_one_by_one(cloud: Cloud, caller: Caller) -> None:
    requests: list[dict[str, Any]] = [
        {"id": "a", "method": "GET", "url": "/users/nobody@nowhere.example"},
        {"id": "b", "method": "GET", "url": "/users?$top=1", "dependsOn": ["a"]},
        {"id": "c", "method": "GET", "url": "/groups?$top=1"},
        {"id": "d", "method": "GET", "url": "/organization"},
    ]
    cloud.order("faults", {"kind": "throttle", "service": "graph", "path": "/organization", "seconds": 4})
    answer = caller.ask("/$batch", {"requests": requests})
    found = {item["id"]: item for item in answer.json()["responses"]}
    assert (answer.status, {name: item["status"] for name, item in found.items()}) == (
        200,
        {"a": 404, "b": 424, "c": 200, "d": 429},
    )
    assert found["d"]["headers"]["Retry-After"] == "4"
    assert caller.ask("/$batch", {"requests": [{**requests[2], "id": str(n)} for n in range(21)]}).status == 400
    assert caller.ask("/$batch", {"requests": [requests[2], {**requests[3], "id": "C"}]}).status == 400


def test_reports_are_throttled_with_a_hint_and_conditional_access_without(caller: Caller) -> None:
    reports = [caller.ask("/auditLogs/directoryAudits?$top=1") for _ in range(8)]
    refused = next(answer for answer in reports if answer.status == 429)
    assert int(refused.headers["retry-after"]) >= 1
    answers = [caller.ask("/identity/conditionalAccess/policies") for _ in range(4)]
    assert any(answer.status == 429 and "retry-after" not in answer.headers for answer in answers)


def test_memory_stays_flat_while_a_huge_tenant_is_read(tmp_path: Path) -> None:
    with serving(tmp_path, "--users", "20", "--tenants", "2", "--enterprise", "200000", "--no-throttling") as cloud:
        huge = Caller(cloud, cloud.customer(name="Giganto Enterprise"))
        path, before, seen = "/users?$select=id,displayName&$top=999", 0, 0
        for number, body in enumerate(huge.pages(path)):
            seen += len(body["value"])
            if number == 100:
                before = resident(cloud)
        assert seen == 200_000
        assert resident(cloud) < before * 1.3, "half of the list costs no more than the other half"


def resident(cloud: Cloud) -> int:
    """Kilobytes of the simulator that listens there."""
    status = Path(f"/proc/{cloud.process_id}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
