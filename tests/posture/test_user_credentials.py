"""A user name and a password beside a Microsoft tenant: given, shown masked, refused in halves, forgotten with it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from tests.estate.conftest import Operated
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant
from tests.support.user_credentials import PASSWORD, USERNAME, shows_the_password
from tests.support.web import Answer, Client

from tenantry.estate.models import MicrosoftTenant
from tenantry.platform.encryption.models import StoredSecret
from tenantry.platform.work import Platform
from tenantry.posture.user_credentials.models import UserCredential

TENANTS = "/msp/cspm/m365-tenants"
USER = {"username": USERNAME, "password": PASSWORD}
OTHER = {"username": "other@contoso.example", "password": "another-password-of-it"}
APPLICATION = {"client_id": str(uuid4()), "client_secret": "hunter2-of-contoso~8Q~hunter2"}


def named(**given: Any) -> dict[str, Any]:
    return {"m365_tenant_id": str(uuid4()), "m365_tenant_name": "Contoso", **given}


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> UUID:
    return add_microsoft_tenant(platform, cast.alice.actor)


def kept(platform: Platform, cast: Cast) -> tuple[int, int]:
    """How many user credentials and how many sealed secrets there are."""
    with platform.work(cast.alice.actor, read_only=True) as work:
        users = work.session.scalar(select(func.count()).select_from(UserCredential))
        sealed = work.session.scalar(select(func.count()).select_from(StoredSecret))
    return users or 0, sealed or 0


def opened(platform: Platform, cast: Cast) -> str:
    with platform.work(cast.alice.actor, read_only=True) as work:
        return work.vault.open(work.session.scalars(select(UserCredential)).one().stored_secret_id).reveal()


def test_both_kinds_lie_side_by_side_and_are_shown_masked(alice: Client, platform: Platform, cast: Cast) -> None:
    created = alice.post(TENANTS, named(**APPLICATION, **USER))
    assert (created.status, created.json()["auth_method"]) == (201, "client_secret")
    path = f"{TENANTS}/{created.json()['id']}"
    shown = alice.get(f"{path}/credentials")
    assert (shown.json()["client_id"], shown.json()["auth_method"]) == (APPLICATION["client_id"], "client_secret")
    assert (shown.json()["username"], shown.json()["password"]) == (USERNAME, "••••••••")
    assert (kept(platform, cast), opened(platform, cast)) == ((1, 2), PASSWORD)

    assert alice.request("PUT", path, {"m365_tenant_name": "Fabrikam"}).status == 200
    assert opened(platform, cast) == PASSWORD, "what is not given stays"
    changed = alice.request("PUT", path, OTHER)
    assert (kept(platform, cast), opened(platform, cast)) == ((1, 2), OTHER["password"])
    forgotten = alice.request("PUT", path, {"username": None, "password": None})
    assert (forgotten.status, kept(platform, cast)) == (200, (0, 1))
    assert alice.get(f"{path}/credentials").json()["username"] is None
    texts = [answer.text for answer in (created, shown, changed, forgotten)]
    assert not any(shows_the_password(text) or OTHER["password"] in text for text in texts)


def test_the_audit_trail_says_what_happened_and_neither_name_nor_password(alice: Client, contoso: UUID) -> None:
    for given in (USER, OTHER, {"username": None, "password": None}):
        assert alice.request("PUT", f"{TENANTS}/{contoso}", given).status == 200
    trail = alice.get("/audit.json", limit=200)
    actions = [item["action"] for item in trail.json()["items"] if item["action"].startswith("user_credential.")]
    assert sorted(actions) == [f"user_credential.{verb}" for verb in ("created", "created", "deleted", "deleted")]
    assert not shows_the_password(trail.text)
    assert not any(value in trail.text for value in (USERNAME, *OTHER.values()))


BOTH = "username and password together"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a name alone": ({"username": USERNAME}, BOTH),
    "a password alone": ({"password": PASSWORD}, BOTH),
    "a name without its password": ({**USER, "password": None}, BOTH),
    "no name for its password": ({**USER, "username": None}, BOTH),
    "no address": ({**USER, "username": "scanner"}, "looks like"),
    "two at signs": ({**USER, "username": "a@b@c.example"}, "looks like"),
    "a name with a control character": ({**USER, "username": "a\x07@b.example"}, "looks like"),
    "a name with NUL": ({**USER, "username": "a\x00@b.example"}, "must not hold NUL"),
    "an endless name": ({**USER, "username": "a" * 260 + "@b.example"}, "254"),
    "a short password": ({**USER, "password": "1234567"}, "8 to 256"),
    "an endless password": ({**USER, "password": PASSWORD * 20}, "8 to 256"),
    "a password of two lines": ({**USER, "password": f"{PASSWORD}\n{PASSWORD}"}, "8 to 256"),
    "a password that is none": ({**USER, "password": [PASSWORD]}, "must be a string"),
    "a secret without its application": ({**USER, "client_secret": PASSWORD}, "client_id with either"),
    "an application without its secret": ({**USER, "client_id": str(uuid4())}, "client_id with either"),
    "a secret and a certificate": ({**USER, **APPLICATION, "certificate": PASSWORD}, "client_id with either"),
    "what nobody knows": ({**USER, "passwort": PASSWORD}, "not permitted"),
}


@pytest.mark.parametrize(("given", "says"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_combination_is_refused_and_changes_nothing(
    alice: Client, platform: Platform, cast: Cast, contoso: UUID, given: dict[str, Any], says: str
) -> None:
    alice.request("PUT", f"{TENANTS}/{contoso}", OTHER)
    before = alice.get("/audit.json").json()["total"]
    for answer in (alice.request("PUT", f"{TENANTS}/{contoso}", given), alice.post(TENANTS, named(**given))):
        assert answer.status == 422
        assert says in answer.text
        assert not shows_the_password(answer.text)
    assert (kept(platform, cast), opened(platform, cast)) == ((1, 1), OTHER["password"])
    assert alice.get("/audit.json").json()["total"] == before


def test_one_without_any_credential_is_refused(alice: Client) -> None:
    answer = alice.post(TENANTS, named())
    assert (answer.status, "or username with password" in answer.text) == (422, True)


@pytest.mark.parametrize("data", ["keep", "purge"])
def test_offboarding_forgets_it(operated: Operated, platform: Platform, cast: Cast, data: str) -> None:
    alice = operated.alice
    key = alice.post(TENANTS, named(**APPLICATION, **USER)).json()["id"]
    operated.idle(key)
    assert kept(platform, cast) == (1, 2)
    assert alice.request("DELETE", f"{TENANTS}/{key}?data={data}&confirm=Contoso").status == 200
    operated.idle(key)
    assert kept(platform, cast) == (0, 0)
    answer = alice.request("PUT", f"{TENANTS}/{key}", USER)
    assert (answer.status, "onboard it again" in answer.text, kept(platform, cast)) == (409, True, (0, 0))


def test_one_behind_lighthouse_takes_none(alice: Client, platform: Platform, cast: Cast, contoso: UUID) -> None:
    with platform.work(cast.alice.actor) as work:
        row = work.session.one(MicrosoftTenant, contoso)
        row.access, row.managing_id = type(row.access)("lighthouse"), contoso
    answer = alice.request("PUT", f"{TENANTS}/{contoso}", USER)
    assert (answer.status, "Lighthouse" in answer.text, kept(platform, cast)) == (409, True, (0, 0))
    assert "PowerShell sign-in" not in page(alice, contoso).text


def page(client: Client, key: UUID) -> Answer:
    return client.request("GET", f"/posture/{key}/settings", Accept="text/html")


def test_a_person_gives_it_on_the_page_and_takes_it_away(
    alice: Client, platform: Platform, cast: Cast, contoso: UUID
) -> None:
    home = f"/posture/{contoso}/user-credential"
    assert f'action="{home}"' in page(alice, contoso).text
    assert "#user-credential" in alice.request("GET", f"/microsoft-tenants/{contoso}/settings").text
    wrong = alice.submit(home, username="scanner", password=PASSWORD)
    assert (wrong.status, "Nothing was changed" in wrong.text, kept(platform, cast)) == (422, True, (0, 0))
    assert 'value="scanner"' in wrong.text
    assert "A user name looks like scanner@contoso.onmicrosoft.com." in wrong.text
    given = alice.submit(home, **USER)
    assert (given.status, opened(platform, cast)) == (303, PASSWORD)
    shown = page(alice, contoso)
    assert USERNAME in shown.text
    assert alice.submit(home, username=USERNAME, password="short").status == 422
    assert opened(platform, cast) == PASSWORD
    assert not any(shows_the_password(answer.text) for answer in (wrong, given, shown))
    assert not shows_the_password(str(given.headers.items()))
    assert alice.submit(f"{home}/forget").status == 303
    assert kept(platform, cast) == (0, 0)
    assert "There+was+no" in alice.submit(f"{home}/forget").headers["Location"].replace("%20", "+")


def test_others_neither_see_nor_change_it(
    alice: Client, bob: Client, charlie: Client, visitor: Client, platform: Platform, cast: Cast, contoso: UUID
) -> None:
    """Bob may look at posture; Charlie is of another organisation; a foreign page has Alice's browser send the form."""
    home = f"/posture/{contoso}/user-credential"
    alice.submit(home, **USER)
    seen = page(bob, contoso)
    assert (seen.status, USERNAME in seen.text, "PowerShell sign-in" in seen.text) == (200, False, False)
    foreign = Client(alice.base_url, alice.token, {"Sec-Fetch-Site": "cross-site", "Cookie": "tenantry_session=x"})
    for path in (home, f"{home}/forget"):
        assert bob.submit(path, **OTHER).status == 403
        assert charlie.submit(path, **OTHER).status == 404
        assert visitor.submit(path, **OTHER).status in (303, 401)
        assert foreign.submit(path, **OTHER).status == 403
    assert bob.get(f"{TENANTS}/{contoso}/credentials").status == 403
    assert bob.request("PUT", f"{TENANTS}/{contoso}", OTHER).status == 403
    assert charlie.request("PUT", f"{TENANTS}/{contoso}", OTHER).status == 404
    assert opened(platform, cast) == PASSWORD


def test_one_with_a_user_name_alone_is_paused_and_resumed(alice: Client) -> None:
    """There is no application to go on with, so no job: what it can do is said."""
    key = alice.post(TENANTS, named(**USER)).json()["id"]
    ours = f"/api/v1/microsoft-tenants/{key}"
    scan = {"m365_tenant_id": key, "engine": "powershell"}
    assert alice.post(f"{ours}/resume").status == 409, "an onboarding wants a credential to go on with"
    assert alice.post(f"{ours}/pause").json()["lifecycle"] == "paused"
    assert "it is paused" in alice.post("/msp/cspm/scans/start", scan).json()["detail"]
    resumed = alice.post(f"{ours}/resume")
    assert (resumed.status, resumed.json()["job_id"]) == (202, None)
    assert "nothing is tested or collected until it has one" in resumed.json()["says"]
    assert alice.get(ours).json()["lifecycle"] == "onboarding"
    assert "it is paused" not in alice.post("/msp/cspm/scans/start", scan).text
    assert alice.get("/api/v1/jobs", subject_id=key).json()["total"] == 0
    alice.post(f"{ours}/pause")
    page = alice.submit(f"/microsoft-tenants/{key}/resume", Origin="http://localhost:8000")
    assert page.status == 303
    assert "PowerShell" in page.headers["Location"]


def test_one_with_an_application_is_resumed_with_a_job(alice: Client) -> None:
    key = alice.post(TENANTS, named(**APPLICATION, **USER)).json()["id"]
    ours = f"/api/v1/microsoft-tenants/{key}"
    for job in alice.get("/api/v1/jobs", subject_id=key).json()["items"]:
        alice.post(f"/api/v1/jobs/{job['id']}/cancel")
    alice.post(f"{ours}/pause")
    resumed = alice.post(f"{ours}/resume").json()
    assert resumed["job_id"] is not None
    assert resumed["says"].startswith("Resumed: the connection is tested")
