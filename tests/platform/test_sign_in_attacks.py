"""Guessing passwords: strangers cannot pause Alice's own browser, cannot undercount, cannot measure, cannot fixate."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from tests.support.cast import PASSWORD, Cast
from tests.support.web import Answer, Client, served

from tenantry.kit.clock import SettableClock
from tenantry.kit.db import Databases, DatabaseUrls, UnsafeDatabaseRole
from tenantry.kit.secret import Secret
from tenantry.main import build_app
from tenantry.platform.identity import passwords
from tenantry.platform.identity.brakes import Brakes, address_key
from tenantry.platform.identity.passwords import MAX_LENGTH, verify_password
from tenantry.platform.work import Platform
from tenantry.settings import Settings


class Browser:
    """Keeps cookies, fills in the form."""

    def __init__(self, address: str, **cookies: str) -> None:
        self.client, self.cookies = Client(address), cookies
        self.answer: Answer

    def sign_in(self, email: str, password: str = PASSWORD.reveal()) -> int:
        form = urlencode({"email": email, "password": password}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self._headers()}
        self.answer = self.client.post("/sign-in", form, **headers)
        for line in self.answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return self.answer.status

    def is_signed_in(self) -> bool:
        return self.client.request("GET", "/api/v1/auth/status", **self._headers()).status == 200

    def _headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Sec-Fetch-Site": "same-origin", **({"Cookie": cookie} if cookie else {})}


def test_strangers_do_not_pause_the_browser_alice_uses(address: str, cast: Cast) -> None:
    alices, strangers = Browser(address), Browser(address)
    assert alices.sign_in(cast.alice.email) == 303
    for _ in range(7):
        assert strangers.sign_in(cast.alice.email, "wrong wrong wrong") == 401
    assert strangers.sign_in(cast.alice.email) == 401, "paused, even with the right password"
    assert alices.sign_in(cast.alice.email) == 303
    assert Browser(address).sign_in(cast.bob.email) == 303, "others are not affected"


def test_a_device_is_known_only_to_its_accounts(address: str, cast: Cast) -> None:
    shared = Browser(address)
    assert shared.sign_in(cast.bob.email) == 303
    assert shared.sign_in(cast.charlie.email) == 303
    for email in (cast.bob.email, cast.charlie.email, cast.alice.email):
        for _ in range(5):
            Browser(address).sign_in(email, "wrong wrong wrong")
    assert shared.sign_in(cast.alice.email) == 401, "the browser is a stranger to Alice"
    assert shared.sign_in(cast.bob.email) == 303
    assert shared.sign_in(cast.charlie.email) == 303


def test_a_stolen_device_cookie_does_not_guess_for_ever(address: str, cast: Cast) -> None:
    stolen = Browser(address)
    stolen.sign_in(cast.bob.email)
    for _ in range(11):
        assert stolen.sign_in(cast.bob.email, "wrong wrong wrong") == 401
    for _ in range(5):
        stolen.sign_in(cast.bob.email, "wrong wrong wrong")
    assert stolen.sign_in(cast.bob.email) == 401, "it became a stranger, and strangers are paused"


def test_going_on_does_not_prolong_the_pause(address: str, cast: Cast, clock: SettableClock) -> None:
    for _ in range(5):
        Browser(address).sign_in(cast.bob.email, "wrong wrong wrong")
    clock.advance(timedelta(minutes=29))
    assert Browser(address).sign_in(cast.bob.email) == 401
    clock.advance(timedelta(minutes=1))
    assert Browser(address).sign_in(cast.bob.email) == 303


def test_parallel_guesses_are_all_counted(databases: Databases, clock: SettableClock) -> None:
    brakes = Brakes(databases, clock)
    with ThreadPoolExecutor(12) as pool:
        admitted = list(pool.map(lambda _: brakes.admit({"account:bob": 5, "ip:192.0.2.1": 50}), range(40)))
    assert sum(admitted) == 5
    brakes.release([], ["ip:192.0.2.1"])
    assert [brakes.admit({"ip:192.0.2.1": 41}) for _ in range(3)] == [True, True, False]


def test_a_success_does_not_clear_what_its_address_did_before(databases: Databases, clock: SettableClock) -> None:
    brakes = Brakes(databases, clock)
    for _ in range(3):
        brakes.admit({"ip:192.0.2.1": 3})
        brakes.release([], ["ip:192.0.2.1"])
    assert [brakes.admit({"ip:192.0.2.1": 3}) for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("not an address", "not another", False),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


def test_every_password_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: each is hashed once, whether or not it could be right."""
    stored, hashed = passwords.hash_password(PASSWORD), []
    real = passwords._hasher.verify_and_update

    def counted(password: str | bytes, kept: str) -> tuple[bool, str | None]:
        hashed.append(kept)
        return real(password, kept)

    monkeypatch.setattr(passwords._hasher, "verify_and_update", counted)
    for offered in (PASSWORD.reveal(), "wrong", "x" * MAX_LENGTH, "x" * (MAX_LENGTH + 1), "x" * 500_000, "\ud800"):
        for kept in (stored, None):
            right, _ = verify_password(Secret(offered), kept)
            assert right is (offered == PASSWORD.reveal() and kept is stored)
    assert len(hashed) == 12


def test_signing_in_replaces_the_session_that_was_there(address: str, cast: Cast) -> None:
    """A session planted in Alice's browser is not the one she works in, and is gone."""
    mallory = Browser(address)
    mallory.sign_in(cast.charlie.email)
    planted = mallory.cookies["tenantry_session"]
    alices = Browser(address, tenantry_session=planted)
    assert alices.sign_in(cast.alice.email) == 303
    assert alices.cookies["tenantry_session"] != planted
    assert alices.is_signed_in()
    assert not mallory.is_signed_in()
    assert Browser(address, tenantry_session="chosen-by-mallory").is_signed_in() is False


@pytest.fixture
def https(platform: Platform, settings: Settings) -> Iterator[str]:
    with served(build_app(platform, settings.model_copy(update={"public_url": "https://tenantry.example"}))) as url:
        yield url


def test_cookies_are_bound_to_the_host_and_unreadable_for_scripts(https: str, address: str, cast: Cast) -> None:
    for url, prefix in ((https, "__Host-"), (address, "")):
        browser = Browser(url)
        browser.sign_in(cast.alice.email)
        lines = browser.answer.headers.get_all("Set-Cookie") or []
        assert len(lines) == 2
        for line in lines:
            assert line.startswith(prefix)
            assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(line.split("; "))
            assert ("Secure" in line.split("; ")) is bool(prefix)


@pytest.mark.parametrize("role", ["admin", "app_system"], ids=["superuser", "bypasses policies"])
def test_a_role_that_ignores_row_level_security_is_refused(postgres_urls: DatabaseUrls, role: str) -> None:
    url = postgres_urls.app.replace("app_user", role)
    databases = Databases(DatabaseUrls(url, postgres_urls.system, postgres_urls.owner))
    try:
        with pytest.raises(UnsafeDatabaseRole, match=role):
            databases.assert_isolation()
    finally:
        databases.dispose()
