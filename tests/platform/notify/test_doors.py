"""Alice says who is told what, over the API and on the page; nobody is ever shown a secret."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant
from tests.support.web import Answer, Client

from tenantry.kit.errors import NotFound
from tenantry.platform.notify.schemas import ChannelIn
from tenantry.platform.notify.service import Channels, NotForAll
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.work import Platform
from tenantry.settings import Settings

BASE = "/api/v1/notifications"
HOME = "/settings/notifications"
SIGNATURE, KEY = "verysecretsignature0123", "correct-horse-battery-staple"
FLOW = f"https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual?sig={SIGNATURE}"
HOOK = f"https://hooks.example.com/in?token={SIGNATURE}"
MAIL = {"name": "Operations", "kind": "mail", "recipients": ["ops@northwind.example"], "events": ["scan.completed"]}
TEAMS = {"name": "Security in Teams", "kind": "teams", "address": FLOW, "events": ["scan.failed"]}
WEBHOOK = {"name": "SIEM", "kind": "webhook", "address": HOOK, "signing_secret": KEY, "only_problems": True}


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    """An installation as it comes: no mail server, no way inside."""
    return Settings(home=tmp_path, _env_file=None)  # type: ignore[call-arg]  # pydantic-settings' own parameter


def submitted(visitor: Client, path: str, **values: Any) -> Answer:
    form = urlencode(values, doseq=True).encode()
    headers = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return visitor.request("POST", path, form, **headers)


def test_channels_are_added_changed_and_deleted(alice: Client, bob: Client) -> None:
    added = {name: alice.post(f"{BASE}/channels", body) for name, body in (("m", MAIL), ("t", TEAMS), ("w", WEBHOOK))}
    assert {answer.status for answer in added.values()} == {201}
    assert added["t"].json()["address_hint"] == "https://prod-1.westeurope.logic.azure.com/•••0123"
    names = [row["name"] for row in bob.get(f"{BASE}/channels").json()["items"]]
    assert names == ["Operations", "Security in Teams", "SIEM"]
    where = f"{BASE}/channels/{added['m'].json()['id']}"
    changed = alice.request("PATCH", where, {"recipients": ["a@x.example", "b@x.example"], "is_enabled": False})
    assert (changed.status, changed.json()["recipients"], changed.json()["is_enabled"]) == (
        200,
        ["a@x.example", "b@x.example"],
        False,
    )
    assert changed.json()["events"] == ["scan.completed"], "what is not named stays"
    body: Any
    for method, body in (("PATCH", {"name": "Mine"}), ("DELETE", None)):
        assert bob.request(method, where, body).status == 403
    assert bob.post(f"{BASE}/channels", {**MAIL, "name": "Mine"}).status == 403
    assert alice.request("DELETE", where).status == 204
    assert alice.get(where).status == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**MAIL, "recipients": []}, "invalid_input"),
        ({**MAIL, "recipients": ["no address"]}, "invalid_input"),
        ({**MAIL, "recipients": ["a@x.example\r\nBcc: b@x.example"]}, "invalid_input"),
        ({**MAIL, "recipients": ["ü@x.example"]}, "invalid_input"),
        ({**MAIL, "recipients": [f"a{n}@x.example" for n in range(51)]}, "invalid_input"),
        ({**MAIL, "address": HOOK}, "invalid_input"),
        ({**MAIL, "events": ["scan.imagined"]}, "invalid_input"),
        ({**MAIL, "name": " "}, "invalid_input"),
        ({**MAIL, "name": "a\x00b"}, "invalid_input"),
        ({**MAIL, "kind": "pigeon"}, "invalid_input"),
        ({**MAIL, "surprise": 1}, "invalid_input"),
        ({**TEAMS, "address": None}, "invalid_input"),
        ({**TEAMS, "address": "https://hooks.example.com/"}, "unusable_address"),
        ({**TEAMS, "address": FLOW.replace("https", "http")}, "unusable_address"),
        ({**TEAMS, "signing_secret": KEY}, "invalid_input"),
        ({**WEBHOOK, "signing_secret": "short"}, "invalid_input"),
        ({**WEBHOOK, "signing_secret": None}, "invalid_input"),
        ({**WEBHOOK, "address": "https://169.254.169.254/latest"}, "unusable_address"),
    ],
    ids=lambda value: str(value)[-45:],
)
def test_what_cannot_be_meant_is_refused(alice: Client, body: dict[str, Any], code: str) -> None:
    answer = alice.post(f"{BASE}/channels", body)
    assert (answer.status, answer.json()["code"]) == (422, code)
    assert SIGNATURE not in answer.text
    assert KEY not in answer.text
    assert alice.get(f"{BASE}/channels").json()["items"] == []


def test_a_name_is_taken_once(alice: Client) -> None:
    key = alice.post(f"{BASE}/channels", MAIL).json()["id"]
    assert alice.post(f"{BASE}/channels", {**TEAMS, "name": "OPERATIONS"}).json()["code"] == "channel_name_taken"
    other = alice.post(f"{BASE}/channels", TEAMS).json()["id"]
    taken = alice.request("PATCH", f"{BASE}/channels/{other}", {"name": "operations"})
    assert (taken.status, taken.json()["code"]) == (409, "channel_name_taken")
    assert alice.request("PATCH", f"{BASE}/channels/{key}", {"name": "operations"}).status == 200
    refused: list[dict[str, Any]] = [{"address": FLOW}, {"recipients": []}, {"signing_secret": KEY}]
    for body in refused:
        assert alice.request("PATCH", f"{BASE}/channels/{key}", body).status == 422


def test_a_test_message_is_followed_to_its_end(alice: Client, bob: Client) -> None:
    key = alice.post(f"{BASE}/channels", MAIL).json()["id"]
    assert bob.post(f"{BASE}/channels/{key}/test").status == 403
    answer = alice.post(f"{BASE}/channels/{key}/test")
    assert (answer.status, answer.json()["state"]) == (202, "waiting")
    found = bob.get(f"{BASE}/{answer.json()['id']}").json()
    assert (found["event"], found["channel_name"]) == ("notification.test", "Operations")
    assert bob.get(BASE, state="waiting", channel_id=key).json()["total"] == 1
    assert bob.get(BASE, state="delivered").json()["total"] == 0
    assert alice.request("DELETE", f"{BASE}/channels/{key}").status == 204
    given_up = bob.get(f"{BASE}/{answer.json()['id']}").json()
    assert (given_up["state"], given_up["error"]) == ("undeliverable", "The channel was deleted before this was sent.")


def test_no_secret_is_ever_shown(
    alice: Client, platform: Platform, cast: Cast, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not by the API, a page, the audit trail, the log, nor in the database in the clear."""
    keys = [alice.post(f"{BASE}/channels", body).json()["id"] for body in (TEAMS, WEBHOOK)]
    for key in keys:
        alice.post(f"{BASE}/channels/{key}/test")
        alice.request("PATCH", f"{BASE}/channels/{key}", {"address": (FLOW if key == keys[0] else HOOK) + "new"})
    pages = [alice.get(path) for path in (HOME, *(f"{HOME}/{key}" for key in keys))]
    answers = [alice.get(path) for path in (BASE, f"{BASE}/channels", "/audit.json", "/audit", "/jobs", "/api/v1/jobs")]
    refused = submitted(alice, f"{HOME}/new", kind="webhook", name="", address=HOOK, signing_secret=KEY)
    assert refused.status == 422
    assert {answer.status for answer in pages} == {200}
    trail = alice.get("/audit.json").text
    assert "notification_channel.created" in trail
    assert "notification_channel.tested" in trail
    assert trail.count('"address_id"') >= 4, "that an address was replaced is known, not which"
    with platform.databases.tenant(cast.alice.tenant_id, read_only=True) as session:
        tables = ("notification", "notification_channel", "stored_secret", "job", "audit_event")
        stored = [str(session.connection().execute(text(f"select * from {name}")).all()) for name in tables]
    output = capfd.readouterr()
    for secret in (SIGNATURE, KEY):
        for shown in (*stored, output.out, output.err, *(answer.text for answer in (*pages, *answers, refused))):
            assert secret not in shown


def test_deleting_a_channel_forgets_its_secrets(alice: Client, platform: Platform, cast: Cast) -> None:
    def stored() -> int:
        with platform.databases.tenant(cast.alice.tenant_id, read_only=True) as session:
            return int(session.connection().execute(text("select count(*) from stored_secret")).scalar_one())

    key = alice.post(f"{BASE}/channels", WEBHOOK).json()["id"]
    assert stored() == 2
    alice.request("PATCH", f"{BASE}/channels/{key}", {"address": HOOK + "new", "signing_secret": KEY + "new"})
    assert stored() == 2, "what is replaced is forgotten"
    alice.request("DELETE", f"{BASE}/channels/{key}")
    assert stored() == 0


def test_whoever_looks_after_some_customers_learns_nothing_of_the_others(
    alice: Client, platform: Platform, cast: Cast
) -> None:
    key = alice.post(f"{BASE}/channels", MAIL).json()["id"]
    alice.post(f"{BASE}/channels/{key}/test")
    limited = replace(cast.alice.actor, scope=frozenset({uuid4()}))
    with platform.work(limited) as work:
        channels = Channels(work)
        assert channels.all() == []
        with pytest.raises(NotFound):
            channels.get(key)
        with pytest.raises(NotForAll):
            channels.add(ChannelIn.model_validate({**MAIL, "name": "Mine"}), TargetRules())


def test_a_channel_is_routed_to_some_microsoft_tenants(alice: Client, platform: Platform, cast: Cast) -> None:
    contoso = str(add_microsoft_tenant(platform, cast.alice.actor, "Contoso"))
    elsewhere = str(add_microsoft_tenant(platform, cast.charlie.actor, "Elsewhere"))
    for ids in ([elsewhere], [str(uuid4())]):
        answer = alice.post(f"{BASE}/channels", {**MAIL, "microsoft_tenant_ids": ids})
        assert (answer.status, "there is no Microsoft tenant" in answer.text) == (422, True)
    assert alice.post(f"{BASE}/channels", {**MAIL, "microsoft_tenant_ids": []}).status == 422
    key = alice.post(f"{BASE}/channels", {**MAIL, "microsoft_tenant_ids": [contoso]}).json()["id"]
    page = alice.request("GET", HOME, Accept="text/html").text
    assert "1 Microsoft tenant only" in page
    where = f"{HOME}/{key}"
    form = {"name": MAIL["name"], "recipients": "ops@x.example"}
    assert f'value="{contoso}" checked' in alice.request("GET", where, Accept="text/html").text
    assert submitted(alice, where, **form, tenants=elsewhere).status == 422
    assert alice.request("PATCH", f"{BASE}/channels/{key}", {"only_problems": True}).json()["microsoft_tenant_ids"]
    assert submitted(alice, where, **form).status == 303
    assert alice.get(f"{BASE}/channels/{key}").json()["microsoft_tenant_ids"] is None


def test_the_page_adds_and_changes_a_channel(alice: Client, bob: Client) -> None:
    empty = alice.request("GET", HOME, Accept="text/html")
    assert "Nobody is told anything yet" in empty.text
    faulty = submitted(alice, f"{HOME}/new", kind="mail", name="Operations", recipients="ops@", events="scan.failed")
    assert faulty.status == 422
    assert "This is not a mail address: ops@." in faulty.text
    assert 'value="Operations"' in faulty.text
    assert 'value="scan.failed" checked' in faulty.text
    wanted = {"name": "Operations", "recipients": "ops@x.example\nciso@x.example", "events": "scan.failed"}
    added = submitted(alice, f"{HOME}/new", kind="mail", options="is_enabled", **wanted)
    assert (added.status, added.headers["Location"].partition("?")[0]) == (303, HOME)
    (row,) = alice.get(f"{BASE}/channels").json()["items"]
    assert (row["recipients"], row["events"], row["is_enabled"]) == (
        ["ops@x.example", "ciso@x.example"],
        ["scan.failed"],
        True,
    )
    shown = alice.request("GET", HOME, Accept="text/html").text
    assert "Mail is not set up in this installation" in shown
    where = f"{HOME}/{row['id']}"
    assert submitted(alice, f"{where}/switch", on="no").status == 303
    assert submitted(alice, f"{where}/test").status == 303
    assert "Test message" in bob.request("GET", HOME, Accept="text/html").text
    assert submitted(alice, where, **{**wanted, "recipients": ""}).status == 422
    assert submitted(alice, where, **{**wanted, "name": "Everybody"}).status == 303
    assert submitted(bob, where, **wanted).status == 403
    assert submitted(alice, f"{where}/delete", confirm="Operations").status == 422
    assert submitted(alice, f"{where}/delete", confirm="Everybody").status == 303
    assert alice.get(f"{BASE}/channels").json()["items"] == []


def test_an_address_left_empty_stays(alice: Client) -> None:
    key = alice.post(f"{BASE}/channels", WEBHOOK).json()["id"]
    assert submitted(alice, f"{HOME}/{key}", name="Archive", address="", signing_secret="").status == 303
    row = alice.get(f"{BASE}/channels/{key}").json()
    assert (row["name"], row["address_hint"]) == ("Archive", "https://hooks.example.com/•••0123")
    refused = submitted(alice, f"{HOME}/{key}", name="Archive", address="https://10.0.0.1/x")
    assert refused.status == 422
    assert "it leads to an internal address" in refused.text
    assert "10.0.0.1" not in refused.text
