"""Identity as people and programs see it: counted once, told how, never zero for what is not known, never elsewhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.conftest import signed_in
from tests.governance.identity.planted import HOSTILE, PEOPLE, ROOT, held, items, page
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.governance.identity.figures.models import IdentitySnapshot
from tenantry.kit.clock import SettableClock
from tenantry.observe.models import Outcome
from tenantry.platform.doors import authentication
from tenantry.platform.work import Platform


def ways(client: Client, **query: Any) -> set[tuple[Any, ...]]:
    """Who, what, how and through which group."""
    return {
        (one["object_id"], one["role"], one["holding"], one["through"]) for one in items(client, "privileged", **query)
    }


def test_every_way_to_a_privilege_is_told(alice: Client, contoso: Observed) -> None:
    admin = "Global Administrator"
    assert ways(alice, system="entra") == {
        ("ann", admin, "activated", None),
        ("admins", admin, "active", None),
        ("dan", admin, "active", "Admins"),
        ("app", admin, "active", None),
        ("cleo", admin, "eligible", None),
    }
    assert ways(alice, system="azure") == {
        ("ann", "Owner", "active", None),
        ("ops", "Owner", "active", None),
        ("ann", "Owner", "active", "Operations"),
        ("cleo", "Owner", "active", "Operations"),
        ("ghost", "Owner", "active", None),
    }
    assert ways(alice, system="application") == {("app", "Microsoft Graph: Mail.ReadWrite", "active", None)}
    told = {(one["object_id"], one["system"], one["through"]): one for one in items(alice, "privileged")}
    ann = told["ann", "entra", None]
    assert (ann["ends_at"], ann["is_permanent"]) == ("2026-11-24T17:00:00Z", False)
    assert (ann["mfa"], ann["last_sign_in_at"]) == ("phishing_resistant", "2026-11-20T08:00:00Z")
    assert told["ann", "azure", None]["scope_name"] == "all of Azure"
    assert told["ops", "azure", None]["scope_name"] == "Production"
    assert told["ghost", "azure", None]["holder"] == "unknown"
    assert told["dan", "entra", "Admins"]["is_permanent"] is None, "what Microsoft does not tell is not known"
    assert (told["dan", "entra", "Admins"]["mfa"], told["dan", "entra", "Admins"]["is_guest"]) == ("weak", True)
    figures = alice.get(f"{ROOT}/summary").json()["figures"]
    counted = {name: figures[name]["value"] for name in figures if name.startswith("privileged")}
    assert counted == {
        "privileged": 3,
        "privileged_entra": 3,
        "privileged_azure": 2,
        "privileged_guests": 1,
        "privileged_without_mfa": 1,
        "privileged_apps": 1,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"holder": "group"}, {"admins", "ops"}),
        ({"mfa": "false"}, {"cleo"}),
        ({"mfa": "phishing_resistant"}, {"ann"}),
        ({"guest": "true"}, {"dan"}),
        ({"through": "true"}, {"ann", "cleo", "dan"}),
        ({"holding": "eligible"}, {"cleo"}),
        ({"q": "ANN"}, {"ann"}),
        ({"q": "=CMD"}, {"cleo"}),
        ({"role": "Microsoft Graph"}, {"app"}),
        ({"permanent": "false"}, {"ann"}),
    ],
)
def test_privileges_are_filtered(alice: Client, contoso: Observed, query: dict[str, str], found: set[str]) -> None:
    assert {who for who, *_ in ways(alice, **query)} == found
    assert "nothing" not in page(alice, "/identity/privileged", **query).lower().split("columns")[-1][:9]
    exported = alice.get("/identity/privileged/export.json", **query).json()
    assert {row["object_id"] for row in exported} == found


def test_a_privilege_that_is_taken_away_is_gone(alice: Client, contoso: Observed) -> None:
    contoso.collect(entra_role_assignments=[held("1", "ann", "ga")], entra_role_eligibility=[])
    assert {who for who, *_ in ways(alice, system="entra")} == {"ann"}
    contoso.refuse("entra.role_assignments", permission="RoleManagement.Read.Directory")
    answer = alice.get(f"{ROOT}/privileged", system="entra").json()
    assert [one["object_id"] for one in answer["items"]] == ["ann"], "a refusal takes nothing away"
    told = {one["dataset"]: one for one in answer["coverage"]}["entra.role_assignments"]
    assert (told["states"], told["missing_permissions"]) == ({"no_access": 1}, ["RoleManagement.Read.Directory"])


def test_stale_is_who_could_sign_in_and_did_not(alice: Client, contoso: Observed, fabrikam: Observed) -> None:
    """A failed attempt is no sign-in; who is disabled or not known of is not stale."""
    told = {one["object_id"]: one for one in items(alice, "stale")}
    assert {key: (one["reason"], one["days"]) for key, one in told.items()} == {
        "cleo": ("no_sign_in_since", 96),
        "dan": ("never_signed_in", None),
    }
    assert told["cleo"]["privileges"] == ["Global Administrator", "Owner"]
    assert {one["object_id"] for one in items(alice, "stale", days=97)} == {"dan"}
    assert {one["object_id"] for one in items(alice, "stale", days=1)} == {"ann", "cleo", "dan"}
    assert {one["object_id"] for one in items(alice, "stale", days=3000)} == set(), "nobody is older than that"
    assert "not licensed" in page(alice, "/identity/stale")
    zoe = next(one for one in items(alice, "people") if one["object_id"] == "zoe")
    assert (zoe["sign_in"], zoe["mfa"]) == ("unknown", "unknown")


def test_guests_with_who_answers_for_them(alice: Client, contoso: Observed) -> None:
    (dan,) = items(alice, "guests")
    assert (dan["sponsors"], dan["invitation"], dan["sign_in"]) == (["Ann"], "PendingAcceptance", "never")
    assert dan["access"] == {
        "groups": 1,
        "applications": 0,
        "azure_roles": 0,
        "privileges": ["Global Administrator"],
    }
    assert items(alice, "guests", sponsor="false") == items(alice, "guests", invitation="accepted") == []
    assert "never accepted" in page(alice, "/identity/guests", invitation="pending")


def test_what_is_known_of_some_is_told_of_some(alice: Client, contoso: Observed, fabrikam: Observed) -> None:
    summary = alice.get(f"{ROOT}/summary").json()
    assert summary["microsoft_tenants"] == 2
    assert summary["figures"]["users"] == {"value": 5, "known": 2}
    assert summary["figures"]["stale"] == {"value": 2, "known": 1}
    mfa = alice.get(f"{ROOT}/mfa").json()
    assert {name: mfa[name]["value"] for name in ("phishing_resistant", "strong", "weak", "none", "unknown")} == {
        "phishing_resistant": 1,
        "strong": 0,
        "weak": 0,
        "none": 1,
        "unknown": 0,
    }
    assert mfa["known"] == {"value": 2, "known": 1}
    by_name = {one["microsoft_tenant"]: one["figures"] for one in items(alice, "microsoft-tenants", sort="users")}
    assert (by_name["Fabrikam"]["users"], by_name["Fabrikam"]["stale"]) == (1, None)
    told = {one["dataset"]: one["states"] for one in summary["coverage"]}
    assert told["entra.sign_in_activity"] == {"complete": 1, "not_licensed": 1}
    assert told["entra.applications"] == {"complete": 1, "never": 1}
    text = page(alice, "/identity")
    assert "known of 1 of 2" in text
    assert "50 %" in text.replace("\u202f", " ")
    assert "known of 1 of 2" in page(alice, "/partials/identity-stats")
    assert "Fabrikam" in page(alice, "/identity/compare")


def test_one_person_across_everything(alice: Client, contoso: Observed, fabrikam: Observed) -> None:
    ann = next(one for one in items(alice, "people") if one["object_id"] == "ann")
    told = alice.get(f"{ROOT}/people/{ann['id']}").json()
    assert [(one["role"], one["holding"], one["is_permanent"]) for one in told["roles"]] == [
        ("Global Administrator", "activated", False)
    ]
    assert {(one["role"], one["level"], one["through"]) for one in told["azure"]} == {
        ("Owner", "root", None),
        ("Owner", "subscription", "Operations"),
        ("Owner", "resource group", None),
        ("Reader", "subscription", None),
    }
    assert {one["is_privileged"] for one in told["azure"] if one["level"] in ("root", "subscription")} == {True, False}
    assert [one["name"] for one in told["groups"]] == ["Operations"]
    assert told["groups_not_searched"] == 1
    assert {(one["application"], one["role"], one["through"]) for one in told["applications"]} == {
        (HOSTILE, None, "Operations"),
        ("HR", "Clerk", None),
    }
    assert (told["licences"], told["elsewhere"]) == (["SPE_E5"], [])
    text = page(alice, f"/identity/people/{ann['id']}")
    for words in ("Production", "Clerk", "through Operations", "Not searched: 1 of its groups"):
        assert words in text, words

    (dan,) = items(alice, "guests")
    (zoe,) = alice.get(f"{ROOT}/people/{dan['id']}").json()["elsewhere"]
    assert (zoe["microsoft_tenant"], zoe["name"], zoe["mfa"]) == ("Fabrikam", "Zoe", "unknown")
    (back,) = alice.get(f"{ROOT}/people/{zoe['id']}").json()["elsewhere"]
    assert (back["id"], back["user_type"], back["privileges"]) == (dan["id"], "guest", 1)
    assert "No directory role" not in page(alice, f"/identity/people/{dan['id']}")


def test_a_day_that_was_not_collected_is_a_gap(
    address: str, cast: Cast, contoso: Observed, clock: SettableClock, platform: Platform
) -> None:
    clock.advance(timedelta(days=1))
    contoso.refuse("entra.users", outcome=Outcome.THROTTLED)
    clock.advance(timedelta(days=1))
    contoso.collect(entra_users=PEOPLE[:3])
    alice = signed_in(address, cast.alice.email)
    days = {one["day"]: one for one in alice.get(f"{ROOT}/snapshots", **{"from": "2026-11-23"}).json()["days"]}
    users = {day: (one["figures"]["users"]["value"], one["expected"]["users"]) for day, one in days.items()}
    assert users == {
        "2026-11-23": (None, 0),
        "2026-11-24": (4, 1),
        "2026-11-25": (None, 1),
        "2026-11-26": (3, 1),
    }
    assert days["2026-11-26"]["figures"]["stale"]["value"] is None, "sign-ins were not collected on that day"
    assert days["2026-11-24"]["figures"]["mfa_capable"] == {"value": 1, "known": 1}
    with platform.work(contoso.actor, read_only=True) as work:
        assert len(work.session.scalars(select(IdentitySnapshot)).all()) == 2
    text = page(alice, "/identity", **{"from": "2026-11-23", "to": "2026-11-26"})
    assert "Day by day" in text
    assert "2026-11-25 \u2013 0 of 1" in text


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *(("snapshots", query) for query in ({"from": "2026-02-02", "to": "2026-02-01"}, {"from": "yesterday"})),
        *(("snapshots", query) for query in ({"from": "0001-01-01"}, {"to": "0001-01-01"}, {"from": "2020-01-01"})),
        *(("stale", {"days": days}) for days in (0, -1, 10**9, "many")),
        *(("privileged", query) for query in ({"system": "unix"}, {"holding": "x"}, {"mfa": "x"}, {"cursor": "x"})),
        *(("privileged", query) for query in ({"q": "\x00"}, {"role": "x" * 201}, {"tenant": "x"}, {"limit": 501})),
        *(("guests", query) for query in ({"sponsor": "x"}, {"invitation": "x"}, {"strength": "x"}, {"q": "\x00"})),
        *(("credentials", query) for query in ({"ends": "31"}, {"kind": "x"}, {"owned": "x"}, {"cursor": "e30"})),
        ("microsoft-tenants", {"sort": "x"}),
        ("licences", {"tenant": "x"}),
        ("people/x", {}),
    ],
)
def test_what_makes_no_sense_is_refused(alice: Client, path: str, query: dict[str, Any]) -> None:
    answer = alice.get(f"{ROOT}/{path}", **query)
    assert answer.status in (400, 422), answer.text
    assert len(answer.json()["detail"]) > 10


def test_a_scope_holds_also_where_people_are_joined(
    monkeypatch: pytest.MonkeyPatch, alice: Client, contoso: Observed, fabrikam: Observed
) -> None:
    (dan,) = items(alice, "guests")
    (zoe,) = items(alice, "people", q="zoe")
    as_before = authentication._actor
    limited = frozenset({fabrikam.id})
    monkeypatch.setattr(authentication, "_actor", lambda *given: replace(as_before(*given), scope=limited))
    assert alice.get(f"{ROOT}/people/{zoe['id']}").json()["elsewhere"] == [], "nobody outside the scope is told of"
    assert alice.get(f"{ROOT}/people/{dan['id']}").status == 404
    assert items(alice, "privileged") == items(alice, "guests") == items(alice, "credentials") == []
    for path in ("summary", "mfa", "snapshots", "privileged", "guests", "stale", "credentials", "licences"):
        assert alice.get(f"{ROOT}/{path}", tenant=str(contoso.id)).status == 404, path
    summary = alice.get(f"{ROOT}/summary").json()
    assert (summary["microsoft_tenants"], summary["figures"]["users"]["value"]) == (1, 1)
    price = alice.request("PUT", f"{ROOT}/licence-prices/SPE_E5", {"price": 1, "currency": "EUR"})
    assert (price.status, price.json()["code"]) == (403, "price_for_all")
