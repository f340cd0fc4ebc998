"""Somebody who works in two organisations goes from one to the other."""

from urllib.parse import urlencode

import pytest
from tests.support.cast import Cast
from tests.support.web import Answer, Client

from tenantry.platform.access import VIEWER, Actor, ActorKind
from tenantry.platform.provisioning.service import Provisioning
from tenantry.platform.work import Platform

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


@pytest.fixture(autouse=True)
def _bob_works_for_both(platform: Platform, cast: Cast) -> None:
    operator = Actor(kind=ActorKind.OPERATOR, label="setup", tenant_id=cast.charlie.tenant_id, permissions=None)
    provisioning = Provisioning(platform.databases, platform.clock, operator)
    provisioning.add_member(cast.charlie.tenant_id, cast.bob.user_id, VIEWER)


def switch(person: Client, slug: str) -> Answer:
    body = urlencode({"tenant": slug}).encode()
    return person.request("POST", "/switch-tenant", body, **FORM)


def organisation(token: Client) -> str:
    answer: str = token.get("/api/v1/auth/status").json()["tenant_id"]
    return answer


def page_of(person: Client) -> str:
    return Client(person.base_url, person.token, {"Accept": "text/html"}).get("/").text


def test_only_somebody_with_two_organisations_is_offered_the_other(alice: Client, bob: Client) -> None:
    assert "/switch-tenant" not in page_of(alice)
    assert "Northwind MSP" in page_of(bob) or "Fabrikam MSP" in page_of(bob)
    assert "/switch-tenant" in page_of(bob)


def test_the_session_moves_and_its_old_token_is_worth_nothing(
    bob: Client, alice: Client, charlie: Client, cast: Cast
) -> None:
    slugs = {str(cast.alice.tenant_id): "northwind", str(cast.charlie.tenant_id): "fabrikam"}
    (there,) = slugs.keys() - {organisation(bob)}
    answer = switch(bob, slugs[there])
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    assert bob.get("/api/v1/auth/status").status == 401
    moved = Client(bob.base_url, headers={"Cookie": cookie})
    assert organisation(moved) == there
    administrator = {"northwind": alice, "fabrikam": charlie}[slugs[there]]
    (event,) = administrator.get("/audit.json", action="session.switched").json()["items"]
    assert event["actor_label"].startswith("bob")


@pytest.mark.parametrize("slug", ["fabrikam", "platform", "nobody", ""])
def test_alice_cannot_enter_what_is_not_hers(alice: Client, cast: Cast, slug: str) -> None:
    assert switch(alice, slug).status == 403
    assert organisation(alice) == str(cast.alice.tenant_id), "her session is as it was"
