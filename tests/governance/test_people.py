"""The identity viewer: what is listed is what is exported, unknown is not "no", and a scope holds everywhere."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.cast import Cast
from tests.support.directory import Directory, user
from tests.support.web import Client

from tenantry.governance.identity.details import person
from tenantry.governance.identity.gaps import PEOPLE, gaps
from tenantry.governance.identity.lists import LISTS, ListFilter
from tenantry.governance.identity.queries import People, PeopleFilter, people
from tenantry.kit.clock import SettableClock
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import PageQuery
from tenantry.observe.events import tell_collected
from tenantry.observe.models import Outcome
from tenantry.platform.work import Platform

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"


@pytest.fixture
def contoso(platform: Platform, cast: Cast, clock: SettableClock) -> Directory:
    """Ann has MFA, Ben has none, nothing is said of Cleo; Ben is an administrator, and so is an app."""
    found = Directory(platform, cast.alice, "Contoso")
    names = {"u1": "Ann", "u2": "Ben", "u3": "Cleo"}
    found.collected("entra.users", [user(key, name) for key, name in names.items()])
    report = [{"id": "u1", "isMfaCapable": True, "methodsRegistered": ["fido2"]}, {"id": "u2", "isMfaCapable": False}]
    found.collected("entra.registration_details", report)
    roles = [{"id": GLOBAL_ADMINISTRATOR, "displayName": "Global Administrator"}]
    found.collected("entra.role_definitions", roles)
    held = [("a1", "u2"), ("a2", "app")]
    found.collected(
        "entra.role_assignments",
        [{"id": key, "principalId": who, "roleDefinitionId": GLOBAL_ADMINISTRATOR} for key, who in held],
    )
    found.ended("entra.sign_in_activity", Outcome.NO_ACCESS, "AuditLog.Read.All")
    clock.advance(timedelta(minutes=30))
    return found


@pytest.fixture
def fabrikam(platform: Platform, cast: Cast) -> Directory:
    found = Directory(platform, cast.alice, "Fabrikam")
    found.collected("entra.users", [user("u9", "Zoe")])
    return found


def exported(alice: Client, view: str, **filters: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = alice.get(f"/identity/{view}/export.json", **filters).json()
    return rows


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def test_unknown_mfa_is_not_none(alice: Client, contoso: Directory) -> None:
    assert names(exported(alice, "users", mfa="true")) == ["Ann"]
    assert names(exported(alice, "users", mfa="false")) == ["Ben"]
    assert names(exported(alice, "users", mfa="unknown")) == ["Cleo"]
    (ann,) = exported(alice, "users", q="ANN")
    assert (ann["mfa"], ann["methods"], ann["last_sign_in"]) == ("yes", ["fido2"], None)


def test_the_page_says_what_it_cannot_know(alice: Client, contoso: Directory) -> None:
    page = alice.get("/identity/stale").text
    assert "nobody there counts as stale" in page
    assert "AuditLog.Read.All" in page
    assert exported(alice, "stale") == []


def test_administrators_are_people_and_apps(alice: Client, contoso: Directory, platform: Platform) -> None:
    with platform.work(contoso.owner.actor) as work:
        tell_collected(work, contoso.id)
    ben, app = exported(alice, "privileged")
    assert (ben["holder"], ben["role"], ben["held"], ben["mfa"]) == ("Ben", "Global Administrator", "active", "none")
    assert (app["holder"], app["kind"]) == ("app", "unknown"), "service principals are not collected"
    (app,) = exported(alice, "principals")
    assert (app["principal"], app["kind"], app["role"]) == ("app", "service principal", "Global Administrator")


def test_files_hold_what_is_filtered_in_the_order_of_the_page(
    alice: Client, contoso: Directory, fabrikam: Directory
) -> None:
    backwards = ["Zoe", "Cleo", "Ben", "Ann"]
    assert names(exported(alice, "users", sort="name", down="1")) == backwards
    text = alice.get("/identity/users/export.csv", sort="name", down="1").body.decode("utf-8-sig")
    assert [row["Name"] for row in csv.DictReader(io.StringIO(text))] == backwards
    sheet = zipfile.ZipFile(io.BytesIO(alice.get("/identity/users/export.xlsx", q="z").body))
    assert "Zoe" in sheet.read("xl/worksheets/sheet1.xml").decode()
    assert "Ann" not in sheet.read("xl/worksheets/sheet1.xml").decode()
    assert names(exported(alice, "users", tenant=str(fabrikam.id))) == ["Zoe"]
    (event, *_) = alice.get("/audit.json", action="identity.exported").json()["items"]
    assert event["details"]["filters"] == {"tenant": str(fabrikam.id)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", 6),
        ("%", 1),
        ("_", 0),
        ("straße", 1),
        ("STRASSE", 1),
        ("\U0010ffff", 1),
        ("\U0010ffff\U0010ffff", 1),
        ("z", 1),
        ("é", 1),
        ("x" * 200, 0),
    ],
)
def test_text_is_the_beginning_of_a_name_and_nothing_else(
    alice: Client, platform: Platform, cast: Cast, text: str, found: int
) -> None:
    odd = ["%a", "Strasse", "\U0010ffff\U0010ffff", "z\U0010ffffx", "Abel", "Émile"]
    directory = Directory(platform, cast.alice, "Odd")
    directory.collected("entra.users", [user(f"u{number}", name) for number, name in enumerate(odd)])
    assert len(exported(alice, "users", q=text)) == found


@pytest.mark.parametrize("query", [{"q": "\x00"}, {"q": "x" * 201}, {"tenant": "x"}, {"mfa": "maybe"}, {"cursor": "x"}])
def test_what_makes_no_sense_is_refused(alice: Client, contoso: Directory, query: dict[str, str]) -> None:
    assert alice.get("/identity/users", **query).status in (400, 422)


def test_a_scope_holds_in_lists_counts_details_and_gaps(
    platform: Platform, cast: Cast, contoso: Directory, fabrikam: Directory
) -> None:
    scope = frozenset({fabrikam.id})
    with platform.work(cast.alice.actor, read_only=True) as work:
        for view in People:
            page = people(work.session, PeopleFilter(view, scope=scope), PageQuery(), work.clock.now(), count_to=10)
            assert [row[1].name for row in page.items] == ["Fabrikam"] * (page.total or 0)
        everyone = people(work.session, PeopleFilter(), PageQuery(), work.clock.now())
        ann = next(row[0] for row in everyone.items if row[0].display_name == "Ann")
        limited = replace(work, actor=replace(work.actor, scope=scope))
        with pytest.raises(NotFound):
            person(limited, ann.id)
        assert {name for gap in gaps(work.session, PEOPLE, None, scope) for _, name in gap.tenants} == {"Fabrikam"}
        for listed in LISTS.values():
            assert listed.rows(work.session, ListFilter(scope=scope), PageQuery(), (listed.first, False)).items == []


def test_a_person_has_a_history(alice: Client, contoso: Directory, clock: SettableClock, platform: Platform) -> None:
    clock.advance(timedelta(minutes=30))
    with platform.work(contoso.owner.actor, read_only=True) as work:
        ben = next(row[0] for row in people(work.session, PeopleFilter(text="ben"), PageQuery(), clock.now()).items)
    contoso.collected("entra.users", [user("u1", "Ann"), user("u2", "Ben", accountEnabled=False), user("u3", "Cleo")])
    page = alice.get(f"/identity/people/{ben.id}").text
    assert "accountEnabled" in page
    assert "Global Administrator" in page
    assert "not collected" in page


def test_nobody_of_another_organisation_sees_them(charlie: Client, contoso: Directory) -> None:
    assert exported(charlie, "users") == []
    assert charlie.get("/identity/users", tenant=str(contoso.id)).text.count("Contoso") == 0


def test_an_offboarded_microsoft_tenant_is_in_no_list(alice: Client, contoso: Directory, fabrikam: Directory) -> None:
    assert set(names(exported(alice, "users"))) == {"Ann", "Ben", "Cleo", "Zoe"}
    confirmed = {"confirm": "Contoso", "data": "keep"}
    assert alice.post(f"/api/v1/microsoft-tenants/{contoso.id}/offboard", confirmed).status == 200
    assert names(exported(alice, "users")) == ["Zoe"]


def test_every_list_can_be_paged_through_in_every_order(platform: Platform, cast: Cast, contoso: Directory) -> None:
    apps = [{"id": f"sp{number}", "displayName": f"App {number}"} for number in range(3)]
    contoso.collected("entra.service_principals", apps)
    granted = [("Mail.ReadWrite", "sp0"), ("User.Read.All", "sp1"), ("User.Read.All", "sp2")]
    resource = {"resourceDisplayName": "Microsoft Graph", "resourceAppId": "00000003-0000-0000-c000-000000000000"}
    contoso.collected(
        "entra.app_role_assignments",
        [{"id": who, "principalId": who, "appRoleValue": name, **resource} for name, who in granted],
    )
    with platform.work(cast.alice.actor, read_only=True) as work:
        orders = [(listed, column.key, down) for listed in LISTS.values() for column in listed.sorts for down in (0, 1)]
        for listed, key, down in orders:
            seen, page = [], PageQuery(1, None)
            while (found := listed.rows(work.session, ListFilter(), page, (key, bool(down)))).items:
                seen += [row[0].id for row in found.items]
                if found.next_cursor is None:
                    break
                page = PageQuery(1, found.next_cursor)
            assert len(set(seen)) == len(seen) == (found.total or 0), (listed.title, key, down)
    assert len(orders) > 2 * len(LISTS)
