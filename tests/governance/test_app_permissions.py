"""What applications may do without anybody signed in, as people see it."""

import re
from typing import Any

import pytest
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.platform.work import Platform

GRAPH = "00000003-0000-0000-c000-000000000000"


def page(client: Client, path: str, **query: Any) -> str:
    answer = Client(client.base_url, client.token, {"Accept": "text/html"}).get(path, **query)
    assert answer.status == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def principal(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "appId": f"app-{key}", "displayName": name, "servicePrincipalType": "Application"} | more


def granted(key: str, of: str, permission: str | None, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "principalId": of,
        "principalDisplayName": of,
        "resourceId": "graph",
        "resourceDisplayName": "Microsoft Graph",
        "resourceAppId": GRAPH,
        "appRoleId": "role",
        "appRoleValue": permission,
        "createdDateTime": "2026-01-02T03:04:05Z",
    } | more


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> Observed:
    tenant = Observed.onboard(platform, cast.alice.actor, "Contoso")
    tenant.collect(
        entra_service_principals=[principal("Sync", "HR sync"), principal("idle", "Idle <b>app</b>")],
        entra_app_role_assignments=[
            granted("1", "Sync", "User.Read.All"),
            granted("2", "Sync", "RoleManagement.ReadWrite.Directory"),
            granted("3", "Sync", None, appRoleId="gone-role"),
            granted("4", "Sync", "Mail.Read", resourceAppId="somebody-else", resourceDisplayName="Own API"),
        ],
    )
    return tenant


def key_of(client: Client, name: str) -> str:
    answer = Client(client.base_url, client.token, {"Accept": "text/html"}).get("/identity/service-principals")
    found = re.search(rf'/identity/service-principals/([0-9a-f-]{{36}})"[^>]*>(?:<[^>]+>)*{name}', answer.text)
    assert found is not None, name
    return found[1]


def test_an_application_shows_what_it_may_do_the_dangerous_first(alice: Client, contoso: Observed) -> None:
    text = page(alice, f"/identity/service-principals/{key_of(alice, 'HR sync')}")
    rows = [
        "Microsoft Graph: RoleManagement.ReadWrite.Directory high risk",
        "Microsoft Graph: User.Read.All \u2013",
        "Microsoft Graph: gone-role \u2013",
        "Own API: Mail.Read \u2013",
    ]
    assert all(row in text for row in rows), text
    assert text.index(rows[0]) < text.index(rows[1])
    assert "It was granted none." in page(alice, f"/identity/service-principals/{key_of(alice, 'Idle')}")


def test_the_lists_count_and_stand_out(alice: Client, contoso: Observed) -> None:
    assert "HR sync Contoso 4 1 high risk" in page(alice, "/identity/service-principals")
    risks = page(alice, "/identity/app-permissions")
    assert risks.index("RoleManagement.ReadWrite.Directory") < risks.index("Own API: Mail.Read")
    rows = alice.get("/identity/service-principals/export.json").json()
    assert [(row["name"], row["permissions"], row["high_risk"]) for row in rows] == [
        ("HR sync", 4, 1),
        ("Idle <b>app</b>", 0, 0),
    ]


def test_what_was_not_collected_is_not_zero(alice: Client, platform: Platform, cast: Cast) -> None:
    tenant = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    tenant.collect(entra_service_principals=[principal("sync", "HR sync")])
    tenant.refuse("entra.app_role_assignments", permission="Application.Read.All")
    assert "HR sync Fabrikam \u2013 \u2013" in page(alice, "/identity/service-principals")
    text = page(alice, f"/identity/service-principals/{key_of(alice, 'HR sync')}")
    assert "no access Not known, which is not the same as none. Needs Application.Read.All" in text
    assert "granted none" not in text


def test_an_application_that_holds_a_role_is_called_by_its_name(alice: Client, contoso: Observed) -> None:
    contoso.collect(
        entra_role_definitions=[{"id": "ga", "displayName": "Global Administrator", "isPrivileged": True}],
        entra_role_assignments=[{"id": "a", "principalId": "sync", "roleDefinitionId": "ga", "directoryScopeId": "/"}],
    )
    assert "HR sync Contoso service principal Global Administrator" in page(alice, "/identity/principals")
    text = page(alice, f"/identity/service-principals/{key_of(alice, 'HR sync')}")
    assert "Global Administrator privileged whole directory" in text


def test_charlie_cannot_tell_it_exists(alice: Client, charlie: Client, contoso: Observed) -> None:
    assert charlie.get(f"/identity/service-principals/{key_of(alice, 'HR sync')}").status == 404
    assert "HR sync" not in page(charlie, "/identity/app-permissions")
