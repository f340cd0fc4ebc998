"""Who may change something: the table of the cross-site guard, over real HTTP."""

import pytest
from tests.support.web import Client
from tests.web.conftest import PUBLIC_ORIGIN

COOKIE = {"Cookie": "__Host-session=stolen"}
BEARER = {"Authorization": "Bearer tok_1"}

ALLOWED = {
    "our own page": {"Sec-Fetch-Site": "same-origin", **COOKIE},
    "typed into the address bar": {"Sec-Fetch-Site": "none", **COOKIE},
    "an old browser behind the proxy": {"Origin": PUBLIC_ORIGIN, **COOKIE},
    "a program with a token": {**BEARER},
    "a program's token outweighs where it runs": {**BEARER, "Sec-Fetch-Site": "cross-site"},
    "a program without anything": {},
}
REFUSED = {
    "another site": {"Sec-Fetch-Site": "cross-site", **COOKIE},
    "another site, before sign-in": {"Sec-Fetch-Site": "cross-site"},
    "a sibling subdomain": {"Sec-Fetch-Site": "same-site", **COOKIE},
    "a word browsers do not use": {"Sec-Fetch-Site": "same-origin, cross-site", **COOKIE},
    "an old browser on another site": {"Origin": "https://evil.example", **COOKIE},
    "a sandboxed frame": {"Origin": "null", **COOKIE},
    "our name on another port": {"Origin": f"{PUBLIC_ORIGIN}:8443", **COOKIE},
    "our name without TLS": {"Origin": PUBLIC_ORIGIN.replace("https", "http"), **COOKIE},
    "our name as the beginning of another": {"Origin": f"{PUBLIC_ORIGIN}.evil.example", **COOKIE},
    "what browsers say outweighs the origin": {"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_ORIGIN, **COOKIE},
    "a cookie from nowhere": {**COOKIE},
    "a token beside a cookie": {**BEARER, **COOKIE, "Sec-Fetch-Site": "cross-site"},
    "Basic, which browsers attach by themselves": {"Authorization": "Basic YTpi", "Sec-Fetch-Site": "cross-site"},
    "Digest, likewise": {"Authorization": "Digest username=a", "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("headers", ALLOWED.values(), ids=ALLOWED)
def test_what_is_ours_is_let_in(site: Client, headers: dict[str, str]) -> None:
    answer = site.request("POST", "/", b"x=1", **headers)
    assert (answer.status, answer.text) == (200, "done")


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_comes_from_elsewhere_changes_nothing(site: Client, method: str, headers: dict[str, str]) -> None:
    answer = site.request(method, "/", b"x=1", **headers)
    assert answer.status == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "cross_site"
    assert answer.headers["content-security-policy"], "refusals carry the security headers too"


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_reading_is_never_refused(site: Client, headers: dict[str, str]) -> None:
    assert site.request("GET", "/", **headers).status == 200
