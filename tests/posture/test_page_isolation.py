"""Every page of the posture, and every form on it, for those it is not for. The routes come from the code."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from tests.platform.test_every_route import DECISION, posture
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.posture import judged
from tests.support.web import Answer, Client

from tenantry.platform.doors import Pages
from tenantry.platform.work import Platform
from tenantry.posture.evaluation import Verdict
from tenantry.posture.verdicts import Status
from tenantry.slices import doors

FIELDS = {
    "decide": {"kind": "excepted", "reason": "Because", "approver": "Ida", "expires_at": "2027-01-31"},
    "attest": {"holds": "true", "owner": "Ida", "evidence": "Seen", "valid_until": "2027-01-31"},
    "settings": {"benchmark": "cis-m365-5.0.0", "guest_review_days": "14", "emergency_assignments": "2"},
    "schedule": {"every": "day"},
}
"""A form's fields, by how its address ends."""


def routes() -> Iterator[tuple[str, str]]:
    for door in doors():
        for route in door.router.routes if isinstance(door, Pages) else ():
            if isinstance(route, APIRoute) and route.path.startswith("/posture") and "{" in route.path:
                yield from ((method, route.path.replace(":uuid", "")) for method in sorted(route.methods or ()))


ROUTES = list(routes())


@pytest.fixture
def ids(alice: Client, platform: Platform, cast: Cast) -> dict[str, str]:
    """One of each of Alice's things that a path can name."""
    observed = Observed.onboard(platform, cast.alice.actor, "Contoso")
    found = posture(alice, observed)
    scan = judged(platform, cast.alice.actor, observed.id, Verdict(DECISION["control"], Status.FAIL, "Open."))
    mine = {"microsoft_tenant_id": str(observed.id), "scan_id": str(scan), "control": DECISION["control"]}
    return {**found, **mine}


def ask(visitor: Client, method: str, address: str) -> Answer:
    if method == "GET":
        return visitor.request("GET", address, Accept="text/html")
    return visitor.submit(address, **FIELDS.get(address.rpartition("/")[2], {}))


def told(answer: Answer) -> tuple[int, str]:
    """Without the id of the request, which is another one each time."""
    return answer.status, answer.text.replace(answer.headers["X-Request-Id"], "")


def events(alice: Client) -> int:
    found: int = alice.get("/audit.json").json()["total"]
    return found


def test_what_somebody_may_not_see_does_not_exist_for_them(
    alice: Client, outsider: Client, ids: dict[str, str]
) -> None:
    before = events(alice)
    for method, path in ROUTES:
        unknown = {**{name: str(uuid4()) for name in ids}, "control": ids["control"]}
        theirs, nobodys = (told(ask(outsider, method, path.format(**given))) for given in (ids, unknown))
        assert (theirs[0], theirs) == (404, nobodys), (method, path)
    assert events(alice) == before, "nothing happened to it"


def test_who_only_looks_changes_nothing(alice: Client, bob: Client, visitor: Client, ids: dict[str, str]) -> None:
    before = events(alice)
    for method, path in ROUTES:
        address = path.format(**ids)
        assert ask(bob, method, address).status == (200 if method == "GET" else 403), (method, path)
        assert ask(visitor, method, address).headers["Location"].startswith("/sign-in"), (method, path)
    forms = len([method for method, _ in ROUTES if method == "POST"])
    assert events(alice) == before + forms, "each refusal is in the audit trail, and nothing else"


def test_no_form_is_taken_from_another_site(alice: Client, address: str, ids: dict[str, str]) -> None:
    """Alice's cookie comes along when another site posts to us."""
    before = events(alice)
    browser = {"Cookie": f"tenantry_session={alice.token}", "Sec-Fetch-Site": "cross-site"}
    for method, path in ROUTES:
        if method == "POST":
            answer = ask(Client(address, headers=browser), method, path.format(**ids))
            assert (answer.status, answer.json()["code"]) == (403, "cross_site"), path
    assert events(alice) == before
