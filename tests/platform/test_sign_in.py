"""Signing in: one answer for every failure, brakes that release, sessions that end when they should."""

from datetime import timedelta

import pytest
from tests.support.cast import PASSWORD, Cast
from tests.support.web import Client

from tenantry.kit.clock import SettableClock
from tenantry.platform.identity.models import User
from tenantry.platform.work import Platform

LOGIN = "/api/v1/auth/login"


def attempt(visitor: Client, email: str, password: str = PASSWORD.reveal()) -> int:
    return visitor.post(LOGIN, {"email": email, "password": password}).status


def test_alice_signs_in_and_is_told_who_she_is(alice: Client, cast: Cast) -> None:
    status = alice.get("/api/v1/auth/status").json()
    assert status["email"] == cast.alice.email
    assert "audit:read" in status["permissions"]


def test_unknown_wrong_and_paused_get_the_same_answer(visitor: Client, cast: Cast) -> None:
    answers = [
        visitor.post(LOGIN, {"email": email, "password": "wrong wrong wrong"}).json()
        for email in (cast.bob.email, "nobody@tenantry.example")
    ]
    for answer in answers:
        answer.pop("request_id")
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "sign_in_failed"


def test_five_failures_pause_an_account_and_time_releases_it(visitor: Client, cast: Cast, clock: SettableClock) -> None:
    for _ in range(5):
        assert attempt(visitor, cast.bob.email, "wrong wrong wrong") == 401
    assert attempt(visitor, cast.bob.email) == 401
    assert attempt(visitor, cast.alice.email) == 200, "another account is not affected"
    clock.advance(timedelta(minutes=31))
    assert attempt(visitor, cast.bob.email) == 200


def test_a_session_ends_at_sign_out(alice: Client) -> None:
    assert alice.post("/api/v1/auth/logout").status == 204
    assert alice.get("/api/v1/auth/status").status == 401


@pytest.mark.parametrize("away", [timedelta(hours=2, minutes=1), timedelta(hours=13)], ids=["idle", "absolute"])
def test_a_session_ends_by_itself(alice: Client, clock: SettableClock, away: timedelta) -> None:
    clock.advance(away)
    assert alice.get("/api/v1/auth/status").status == 401


def test_a_session_dies_with_the_password_and_with_the_account(
    alice: Client, bob: Client, cast: Cast, platform: Platform, clock: SettableClock
) -> None:
    with platform.databases.identity() as session:
        session.info["audit"] = None
        session.get_one(User, cast.bob.user_id).last_sign_in_at = clock.now()
    assert bob.get("/api/v1/auth/status").status == 200
    with platform.work(cast.alice.actor) as work:
        work.session.get_one(User, cast.bob.user_id).is_active = False
        work.session.get_one(User, cast.alice.user_id).password_changed_at = clock.now() + timedelta(seconds=1)
    assert (alice.get("/api/v1/auth/status").status, bob.get("/api/v1/auth/status").status) == (401, 401)


def test_the_super_admin_lands_in_a_customers_tenant(visitor: Client, cast: Cast) -> None:
    body = {"email": cast.root_email, "password": PASSWORD.reveal()}
    assert visitor.post(LOGIN, body).json()["tenant"] != "platform"
    assert visitor.post(LOGIN, {**body, "tenant": "northwind"}).json()["tenant"] == "northwind"


def test_alice_cannot_enter_charlies_tenant(visitor: Client, cast: Cast) -> None:
    body = {"email": cast.alice.email, "password": PASSWORD.reveal(), "tenant": "fabrikam"}
    assert visitor.post(LOGIN, body).json()["code"] == "no_tenant"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a" * 10_000, "password": "x"},
        {"email": "a@b.example", "password": {"$ne": 1}},
        {"email": "a@b.example", "password": "x" * 100_000},
        [],
        "text",
    ],
)
def test_hostile_bodies_are_refused(visitor: Client, body: object) -> None:
    answer = visitor.post(LOGIN, body)
    assert answer.status in (401, 422)
    assert "xxxx" not in answer.text
    assert "aaaa" not in answer.text


def test_oversized_bodies_are_refused_before_they_are_read(visitor: Client) -> None:
    assert visitor.post(LOGIN, b"x" * 2_000_000).status == 413


def test_text_no_database_holds_is_a_wrong_sign_in(visitor: Client) -> None:
    for email, password in (("a\0b@c.example", "x"), ("a\ud800@c.example", "x"), ("a@c.example", "\ud800\0")):
        assert attempt(visitor, email, password) in (401, 422)
