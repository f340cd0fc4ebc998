"""Identity over the API, held against the world of the simulated cloud: what its own interfaces say of it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.estate.conftest import BASE, Operated
from tests.mscloudsim.azure import ARM, subscriptions
from tests.mscloudsim.cloud import Cloud
from tests.support.web import Client

from tenantry.kit.clock import SystemClock

ROOT = "/api/v1/identity"
PRIVILEGED_AZURE = {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c"} | {
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
}
STRENGTHS = {
    "phishing_resistant": {"fido2SecurityKey", "windowsHelloForBusiness"},
    "strong": {"microsoftAuthenticatorPush", "softwareOneTimePasscode", "microsoftAuthenticatorPasswordless"},
    "weak": {"mobilePhone"},
}

Item = dict[str, Any]


def everything(cloud: Cloud, row: Item, path: str) -> list[Item]:
    """All rows of a list of Graph, asked as the product's application."""
    token, found = cloud.token(row), []
    while path:
        answer = cloud.get(path, token).json()
        found += answer["value"]
        path = answer.get("@odata.nextLink", "").removeprefix(cloud.url)
    return found


def paged(alice: Client, path: str, **query: Any) -> list[Item]:
    """All items of one of our lists, a few at a time."""
    found: list[Item] = []
    cursor: dict[str, str] = {}
    while True:
        answer = alice.get(f"{ROOT}/{path}", limit=7, **query, **cursor).json()
        found += answer["items"]
        assert len(found) <= answer["total"]
        if answer["next_cursor"] is None:
            assert len({item["id"] for item in found}) == len(found) == answer["total"]
            return found
        cursor = {"cursor": answer["next_cursor"]}


def states(answer: Item) -> dict[str, dict[str, int]]:
    return {one["dataset"]: one["states"] for one in answer["coverage"]}


def largest(cloud: Cloud, licence: str) -> Item:
    wanted = {"flaw": "none", "reach": "app_registration", "licence": licence}
    return max((row for row in cloud.tenants[1:] if wanted.items() <= row.items()), key=lambda row: int(row["users"]))


def edited(cloud: Cloud, row: Item, user: str, **values: Any) -> None:
    cloud.order("changes", {"kind": "user_edited", "tenant": row["id"], "user": user, "values": values})


@pytest.fixture
def row(operated: Operated) -> Iterator[Item]:
    """A customer of some size with every licence, whose quotas are nobody's concern here."""
    operated.cloud.order("throttling", {"enabled": False})
    yield largest(operated.cloud, "p2")
    operated.cloud.order("throttling", {"enabled": True})


def test_what_is_told_is_what_the_cloud_knows(operated: Operated, alice: Client, charlie: Client, row: Item) -> None:
    cloud, now = operated.cloud, SystemClock().now()
    leaver = next(
        user["id"]
        for user in everything(cloud, row, "/v1.0/users?$select=id,accountEnabled,assignedLicenses&$top=999")[20:]
        if user["accountEnabled"] and user["assignedLicenses"]
    )
    edited(cloud, row, leaver, accountEnabled=False)
    key = str(operated.onboard(row).json()["id"])
    operated.idle(key)
    users = everything(cloud, row, "/v1.0/users?$select=id,userType,accountEnabled,createdDateTime,assignedLicenses")
    users_by_id = {user["id"]: user for user in users}
    report = everything(cloud, row, "/v1.0/reports/authenticationMethods/userRegistrationDetails")
    activity = {
        user["id"]: user.get("signInActivity") or {}
        for user in everything(cloud, row, "/v1.0/users?$select=id,signInActivity&$top=120")
    }

    summary = alice.get(f"{ROOT}/summary").json()
    figures = {name: figure["value"] for name, figure in summary["figures"].items()}
    assert figures["users"] == len(users)
    assert figures["guests"] == sum(user["userType"] == "Guest" for user in users) > 0
    assert_mfa_is_the_report(alice, users_by_id, report, figures)
    stale = {user["id"] for user in users if is_stale(user, activity[user["id"]], now)}
    assert {item["object_id"] for item in paged(alice, "stale")} == stale
    assert figures["stale"] == len(stale) > 0
    assert_guests_have_their_sponsors(alice, cloud, row)
    held = assert_privileges_are_those_of_the_directory(alice, cloud, row)
    assert figures["privileged"] == len({one for one in held if one in users_by_id})
    assert_licences_are_wasted_on(alice, cloud, row, users, stale)
    assert_credentials_have_owners(alice, cloud, row)
    assert set(map(str, states(summary).values())) == {"{'complete': 1}"}

    edited(cloud, row, leaver, accountEnabled=True)

    assert charlie.get(f"{ROOT}/summary").json()["figures"]["users"] == {"value": None, "known": 0}
    assert charlie.get(f"{ROOT}/privileged").json()["items"] == []
    assert charlie.get(f"{ROOT}/privileged", tenant=key).json()["items"] == []


def is_stale(user: Item, activity: Item, now: datetime) -> bool:
    """By the rule of the reference, written a second time."""
    attempts = [activity.get(name) for name in ("lastSignInDateTime", "lastNonInteractiveSignInDateTime")]
    last = activity.get("lastSuccessfulSignInDateTime") or max(filter(None, attempts), default=None)
    limit = (now - timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return bool(user["accountEnabled"] and user["createdDateTime"] < limit and (last is None or last < limit))


def strongest(told: Item) -> str:
    methods = set(told["methodsRegistered"])
    if not told["isMfaCapable"]:
        return "none"
    return next(strength for strength, names in STRENGTHS.items() if names & methods)


def assert_mfa_is_the_report(alice: Client, users: dict[str, Item], report: list[Item], figures: Item) -> None:
    members = {key for key, user in users.items() if user["userType"] == "Member" and user["accountEnabled"]}
    told = Counter(strongest(row) for row in report if row["id"] in members)
    mfa = {name: figure["value"] for name, figure in alice.get(f"{ROOT}/mfa").json().items() if name != "coverage"}
    assert {name: mfa[name] for name in ("phishing_resistant", "strong", "weak", "none")} == {
        name: told[name] for name in ("phishing_resistant", "strong", "weak", "none")
    }
    assert mfa["known"] == sum(told.values()) == figures["mfa_known"]
    assert mfa["unknown"] == len(members - {row["id"] for row in report})
    for strength in STRENGTHS:
        found = paged(alice, "people", strength=strength, enabled="true")
        assert len(found) == told[strength]
        assert {item["mfa"] for item in found} <= {strength}


def assert_guests_have_their_sponsors(alice: Client, cloud: Cloud, row: Item) -> None:
    path = "/v1.0/users?$filter=userType eq 'Guest'&$select=id,externalUserState&$expand=sponsors($select=displayName)"
    known = everything(cloud, row, path.replace(" ", "%20").replace("'", "%27"))
    told = {item["object_id"]: item for item in paged(alice, "guests")}
    assert told.keys() == {guest["id"] for guest in known}
    for guest in known:
        assert told[guest["id"]]["sponsors"] == [one["displayName"] for one in guest["sponsors"]]
        assert told[guest["id"]]["invitation"] == guest["externalUserState"]
    without = {guest["id"] for guest in known if not guest["sponsors"]}
    assert {item["object_id"] for item in paged(alice, "guests", sponsor="false")} == without
    pending = {guest["id"] for guest in known if guest["externalUserState"] == "PendingAcceptance"}
    assert {item["object_id"] for item in paged(alice, "guests", invitation="pending")} == pending


def assert_privileges_are_those_of_the_directory(alice: Client, cloud: Cloud, row: Item) -> set[str]:
    """Returns the ids of all holders."""
    told = paged(alice, "privileged")
    direct = {(one["system"], one["object_id"], one["role"], one["holding"]) for one in told if not one["through"]}
    definitions = {
        role["id"]: role["displayName"]
        for role in everything(cloud, row, "/v1.0/roleManagement/directory/roleDefinitions")
    }
    for path, holding in (("roleEligibilityScheduleInstances", "eligible"), ("roleAssignmentScheduleInstances", "")):
        for one in everything(cloud, row, f"/v1.0/roleManagement/directory/{path}"):
            how = holding or {"Assigned": "active", "Activated": "activated"}[one["assignmentType"]]
            name = definitions[one["roleDefinitionId"]]
            if name in ("Global Administrator", "User Administrator", "Security Administrator"):
                assert ("entra", one["principalId"], name, how) in direct
                (ours,) = [
                    item
                    for item in told
                    if (item["object_id"], item["role"], item["holding"], item["through"])
                    == (one["principalId"], name, how, None)
                ]
                assert ours["is_permanent"] == (one["endDateTime"] is None)
                assert (ours["ends_at"] or "")[:19] == (one["endDateTime"] or "")[:19]
    assert_azure_is_as_wide_as_told(cloud, row, told)
    through = [one for one in told if one["through"]]
    assert through, "a group holds a role in Azure over the management group"
    assert {one["scope"].split("/")[-2] for one in through if one["system"] == "azure"} == {"managementgroups"}
    return {one["object_id"] for one in told if one["holder"] == "user"}


def assert_azure_is_as_wide_as_told(cloud: Cloud, row: Item, told: list[Item]) -> None:
    token = cloud.token(row, ARM)
    known = set()
    for one in subscriptions(cloud, token):
        path = f"{one['id']}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
        for assignment in cloud.get(path, token).json()["value"]:
            facts = assignment["properties"]
            role, scope = facts["roleDefinitionId"].rpartition("/")[2], facts["scope"].lower()
            if role in PRIVILEGED_AZURE and "/resourcegroups/" not in scope:
                known.add((facts["principalId"], scope))
    ours = {(item["object_id"], item["scope"]) for item in told if item["system"] == "azure" and not item["through"]}
    assert ours == known
    assert {"Owner", "Contributor"} <= {item["role"] for item in told}
    names = {one["displayName"] for one in subscriptions(cloud, token)}
    assert {item["scope_name"] for item in told if item["scope"].count("/") == 2 and item["system"] == "azure"} <= names


def assert_licences_are_wasted_on(alice: Client, cloud: Cloud, row: Item, users: list[Item], stale: set[str]) -> None:
    skus = {sku["skuId"]: sku for sku in cloud.get("/v1.0/subscribedSkus", cloud.token(row)).json()["value"]}
    disabled = Counter(sku["skuId"] for user in users if not user["accountEnabled"] for sku in user["assignedLicenses"])
    unused = Counter(sku["skuId"] for user in users if user["id"] in stale for sku in user["assignedLicenses"])
    told = {item["part_number"]: item for item in alice.get(f"{ROOT}/licences").json()["items"]}
    for key, sku in skus.items():
        ours = told[sku["skuPartNumber"]]
        assert (ours["paid"], ours["assigned"]) == (sku["prepaidUnits"]["enabled"], sku["consumedUnits"])
        assert (ours["on_disabled"], ours["on_stale"]) == (disabled[key], unused[key])
        assert (ours["price"], ours["wasted_a_month"]) == (None, None), "no price stated is not free of charge"
    assert sum(disabled.values()) > 0


def assert_credentials_have_owners(alice: Client, cloud: Cloud, row: Item) -> None:
    path = "/v1.0/applications?$select=appId,passwordCredentials,keyCredentials&$expand=owners($select=displayName)"
    applications = everything(cloud, row, path)
    told = paged(alice, "credentials")
    known = Counter(
        (app["appId"], kind, one["endDateTime"])
        for app in applications
        for kind, name in (("secret", "passwordCredentials"), ("certificate", "keyCredentials"))
        for one in app[name]
    )
    assert Counter((item["application_id"], item["kind"], item["ends_at"]) for item in told) == known
    owners = {app["appId"]: [one["displayName"] for one in app["owners"]] for app in applications}
    assert all(item["owners"] == owners[item["application_id"]] for item in told)
    ends = [item["ends_at"] for item in told if item["ends_at"]]
    assert ends == sorted(ends)


def test_one_person_on_one_page(operated: Operated, alice: Client, row: Item) -> None:
    cloud = operated.cloud
    key = str(operated.onboard(row).json()["id"])
    operated.idle(key)
    told = paged(alice, "privileged", holder="user", system="azure", through="true")
    person = alice.get(f"{ROOT}/people/{told[0]['holder_id']}").json()
    user = told[0]["object_id"]
    groups = {
        group["displayName"]: group["id"]
        for group in everything(cloud, row, "/v1.0/groups?$select=id,displayName")
        if user in {one["id"] for one in everything(cloud, row, f"/v1.0/groups/{group['id']}/transitiveMembers")}
    }
    assert {group["object_id"] for group in person["groups"]} == set(groups.values())
    assert person["groups_not_searched"] == 0
    assert [one["through"] for one in person["azure"] if one["level"] == "management group"] == [told[0]["through"]]
    assigned = {
        principal["displayName"]
        for principal in everything(cloud, row, "/v1.0/servicePrincipals?$select=id,displayName")
        for one in everything(cloud, row, f"/v1.0/servicePrincipals/{principal['id']}/appRoleAssignedTo")
        if one["principalId"] in {user, *groups.values()}
    }
    assert {one["application"] for one in person["applications"]} == assigned
    licences = {sku["skuId"]: sku["skuPartNumber"] for sku in everything(cloud, row, "/v1.0/subscribedSkus")}
    (found,) = [one for one in everything(cloud, row, "/v1.0/users?$select=id,assignedLicenses") if one["id"] == user]
    assert person["licences"] == sorted(licences[sku["skuId"]] for sku in found["assignedLicenses"])
    assert {one["state"] for one in person["data"]} == {"complete"}
    assert person["elsewhere"] == []

    # a guest of another customer who signs in with the address of this person is told on both pages
    other = largest(cloud, "p1")
    guest = everything(cloud, other, "/v1.0/users?$filter=userType%20eq%20%27Guest%27&$select=id,mail")[0]
    edited(cloud, other, guest["id"], mail=person["person"]["user_principal_name"].upper())
    operated.idle(str(operated.onboard(other).json()["id"]))
    (elsewhere,) = alice.get(f"{ROOT}/people/{told[0]['holder_id']}").json()["elsewhere"]
    assert (elsewhere["microsoft_tenant"], elsewhere["user_type"]) == (other["name"], "guest")
    back = alice.get(f"{ROOT}/people/{elsewhere['id']}").json()["elsewhere"]
    assert [one["id"] for one in back] == [told[0]["holder_id"]]
    edited(cloud, other, guest["id"], mail=guest["mail"])


def test_without_a_licence_and_without_a_permission_nothing_is_zero(operated: Operated, alice: Client) -> None:
    free = operated.cloud.customer(flaw="none", reach="app_registration", licence="free")
    key = str(operated.onboard(free).json()["id"])
    operated.idle(key)
    summary = alice.get(f"{ROOT}/summary", tenant=key).json()
    for name in ("stale", "mfa_known", "without_mfa", "privileged_without_mfa", "seats_on_stale"):
        assert summary["figures"][name] == {"value": None, "known": 0}, name
    assert summary["figures"]["users"]["value"] > 0
    assert states(summary)["entra.sign_in_activity"] == {"not_licensed": 1}
    stale = alice.get(f"{ROOT}/stale", tenant=key, days=1).json()
    assert (stale["items"], states(stale)["entra.sign_in_activity"]) == ([], {"not_licensed": 1})
    people = alice.get(f"{ROOT}/people", tenant=key).json()["items"]
    assert {(one["mfa"], one["sign_in"], one["last_sign_in_at"]) for one in people} == {("unknown", "unknown", None)}
    assert {one["is_permanent"] for one in paged(alice, "privileged", tenant=key, system="entra")} == {True}

    # who is refused later keeps what was known, with its age and its reason
    before = alice.get(f"{ROOT}/credentials", tenant=key).json()
    operated.cloud.order("faults", {"kind": "forbidden", "service": "graph", "path": "applications", "times": 1000})
    assert alice.post(f"{BASE}/{key}/collect").status == 202
    operated.idle(key)
    after = alice.get(f"{ROOT}/credentials", tenant=key).json()
    assert after["items"] == before["items"] != []
    (coverage, *_) = after["coverage"]
    assert coverage["states"] == {"no_access": 1}
    assert coverage["missing_permissions"] == ["Application.Read.All"]
    assert coverage["oldest"] is not None
    operated.cloud.order("faults", method="DELETE")
