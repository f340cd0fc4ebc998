"""Whatever the simulated Graph answers is what Microsoft's own descriptions say it answers."""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from tests.contract.graph_description import Description
from tests.mscloudsim.cloud import Answer, Cloud, serving

from mscloudsim.graph.service import ROUTES

FOLDER: Final = os.environ.get("MSCLOUDSIM_OPENAPI_DIR", "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="set MSCLOUDSIM_OPENAPI_DIR to the folder with graph-v1.0.json and graph-beta.json"
)
EXTRA: Final = (
    "RoleManagement.ReadWrite.Directory",
    "Policy.ReadWrite.ConditionalAccess",
    "Policy.ReadWrite.Authorization",
    "Policy.ReadWrite.SecurityDefaults",
    "Group.ReadWrite.All",
)
OPTIONS: Final = ("", "$select=id", "$top=2", "$top=2&$count=true", "$orderby=displayName", "$expand={relation}")
RELATIONS: Final = {
    "users": ("manager", "memberOf($select=id,displayName)"),
    "groups": ("members", "owners($select=id)"),
    "directoryRoles": ("members",),
    "roleManagement": ("principal", "roleDefinition"),
    "servicePrincipals": ("appRoleAssignments", "appRoleAssignedTo"),
}
MORE: Final = (
    "/users?$select=id,displayName,signInActivity&$top=120",
    "/users?$select=id,assignedLicenses,deletedDateTime,onPremisesSyncEnabled,externalUserState,proxyAddresses",
    "/users?$filter=userType eq 'Guest' and accountEnabled eq true&$count=true",
    '/users?$search="displayName:a"&$top=3',
    "/groups?$filter=groupTypes/any(c:c eq 'Unified')&$select=id,displayName,visibility",
    "/auditLogs/directoryAudits?$filter=activityDateTime ge 2026-01-01&$top=5",
    "/users?$top=0",
    "/users?$select=skills",
    "/users?$filter=broken",
    "/groups/00000000-0000-0000-0000-000000000000",
    "/nothing",
)
UNDESCRIBED: Final = ("/legacy/policies", "/admin/appsAndServices/settings")
"""Used by others' tools and missing from the descriptions, types and all."""
_POLICY: Final = "/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'"
SETTINGS: Final = {
    "v1.0": (
        f"{_POLICY} and roleDefinitionId eq '62e90394-69f5-4237-9190-012177145e10'&$expand=policy($expand=rules)",
        "/reports/authenticationMethods/userRegistrationDetails?$filter=isMfaCapable eq false and userType eq 'member'",
        "/servicePrincipals(appId='c1f33bc0-bdb4-4248-ba9b-096807ddb43e')?$select=id,accountEnabled",
        "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/microsoftAuthenticator",
    ),
    "beta": (
        "/roleManagement/directory/roleDefinitions?$filter=isPrivileged eq true",
        "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/microsoftAuthenticator",
        "/identity/conditionalAccess/policies",
    ),
}
ALIASES: Final = {"directoryRoles(roleTemplateId='": "directoryRoles/"}
"""Keys that the real service takes and the descriptions leave out."""


@cache
def described(version: str) -> Description:
    return Description(Path(FOLDER), version)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serving(tmp_path_factory.mktemp("tls"), "--users", "150", "--no-throttling") as found:
        yield found


class Walk:
    """Asks one tenant for things and keeps what the description does not allow."""

    def __init__(self, cloud: Cloud, tenant: dict[str, Any], version: str) -> None:
        permissions = [*tenant["consented"], *EXTRA, "Policy.Read.AuthenticationMethod"]
        cloud.order("consent", {"tenant": tenant["id"], "permissions": permissions})
        self.cloud, self.token, self.version = cloud, cloud.token(tenant), version
        self.problems: list[str] = []

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Answer:
        headers = {"authorization": f"Bearer {self.token}", "consistencylevel": "eventual"}
        content = None if body is None else json.dumps(body).encode()
        answer = self.cloud.call(
            f"/{self.version}{quote(path, safe='/?$&=(),:%')}", content, headers, None if method == "GET" else method
        )
        assert answer.status < 500 or answer.status == 501, (path, answer.body)
        self._judge(method, path.partition("?")[0], answer)
        return answer

    def _judge(self, method: str, path: str, answer: Answer) -> None:
        for known, read in ALIASES.items():
            path = re.sub(rf"{re.escape(known)}([^']+)'\)", rf"{read}\1", path)
        if answer.status != 204 and path not in UNDESCRIBED:
            problem = described(self.version).problem(method, path, answer.status, answer.json())
            if problem:
                self.problems.append(problem)

    def filled(self, template: str) -> str | None:
        """A route's path with the first object of its list in it; None if the list is empty or refused."""
        head, brace, tail = template.partition("{")
        if not brace:
            return template
        base = "/users" if head.startswith("/directoryObjects") else head.partition("(")[0].rstrip("/")
        answer = self.ask(base)
        items = answer.json().get("value") if answer.status == 200 else None
        if not items:
            return None
        name = head.rpartition("(")[2].removesuffix("='") if "(" in head else "id"
        return f"{head}{items[-1][name]}{tail.partition('}')[2]}"


def customers(cloud: Cloud) -> list[dict[str, Any]]:
    """The partner, and a customer of every licence."""
    usable = [t for t in cloud.tenants[1:] if t["reach"] == "app_registration" and t["flaw"] == "none"]
    by_licence = {tenant["licence"]: tenant for tenant in usable}
    assert by_licence.keys() == {"free", "p1", "p2"}
    return [cloud.partner, *by_licence.values()]


@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_every_answer_is_described(cloud: Cloud, version: str) -> None:
    problems: set[str] = set()
    templates = sorted({route.template for route in ROUTES if route.method == "GET" and version in route.versions})
    silent = set(templates)
    for tenant in customers(cloud):
        walk = Walk(cloud, tenant, version)
        for template in templates:
            path = walk.filled(template)
            statuses = {walk.ask(f"{path}?{option}").status for option in options(template)} if path else set()
            if 200 in statuses:
                silent.discard(template)
        for path in (*MORE, *SETTINGS[version]):
            walk.ask(path)
        problems |= set(walk.problems)
    assert "\n".join(sorted(problems)) == ""
    assert silent == set(), "every route has to be answered somewhere"


def options(template: str) -> list[str]:
    relations = RELATIONS.get(template.split("/")[1], ()) if template.count("/") < 4 else ()
    if template.endswith(("$count", "delta()")):
        return [""]
    return [option.format(relation=name) for option in OPTIONS for name in (relations or ("none",))]


def test_what_is_written_and_what_changed_is_described(cloud: Cloud) -> None:
    walk = Walk(cloud, cloud.partner, "v1.0")
    changed = walk.ask("/groups/delta?$deltatoken=latest").json()["@odata.deltaLink"].partition("/v1.0")[2]
    group = {"displayName": "Contract", "mailEnabled": False, "mailNickname": "contract", "securityEnabled": True}
    made = walk.ask("/groups", "POST", group).json()
    user = walk.ask("/users?$top=1").json()["value"][0]["id"]
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
    assert walk.ask(f"/groups/{made['id']}/members/$ref", "POST", reference).status == 204
    value = walk.ask(changed).json()["value"]
    assert [item["id"] for item in value[0]["members@delta"]] == [user]
    walk.ask("/groups", "POST", {"displayName": "Half a group"})
    policy = {"displayName": "New", "state": "disabled", "conditions": {"clientAppTypes": ["all"]}}
    assert walk.ask("/identity/conditionalAccess/policies", "POST", policy).status == 201
    assert walk.ask("/directoryObjects/getByIds", "POST", {"ids": [user, made["id"]]}).status == 200
    assert walk.ask("/$batch", "POST", {"requests": [{"id": "1", "method": "GET", "url": "/users"}]}).status == 200
    assert walk.problems == []


def test_the_judge_finds_invented_properties_and_wrong_types() -> None:
    users = described("v1.0")
    assert users.problem("GET", "/users", 200, {"value": [{"id": "1", "accountEnabled": True}]}) is None
    assert users.problem("GET", "/users", 200, {"value": [{"id": "1", "invented": True}]})
    assert users.problem("GET", "/users", 200, {"value": [{"id": "1", "accountEnabled": "yes"}]})
    assert users.problem("GET", "/groups/1/members", 200, {"value": [{"@odata.type": "#microsoft.graph.user", "x": 1}]})
    assert users.problem("GET", "/users", 403, {"error": {"code": "x"}})
    assert users.problem("GET", "/nowhere", 200, {})
