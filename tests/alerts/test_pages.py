"""Alerts and rules on pages: what is typed, what is refused at which field, and what those see who may only read."""

from typing import Any

from tests.alerts.watch import TESTED, Watch
from tests.support.web import Answer, Client

HOME, RULES = "/alerts", "/alerts/rules"
RULE = {
    "name": "Too many things",
    "metric": TESTED.name,
    "threshold": "10",
    "floors": "eur 5\n* 1,5",
    "tells": "subscribed",
    "options": ["is_grouped", "is_enabled"],
}


def shown(visitor: Client, path: str) -> str:
    answer = visitor.request("GET", path, Accept="text/html")
    assert answer.status == 200, answer.text
    return answer.text


def where(answer: Answer) -> str:
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"].partition("?")[0])


def test_a_rule_is_tried_added_changed_switched_and_deleted(watch: Watch, alice: Client) -> None:
    watch.reads(12, size=9.0)
    tried = alice.submit(f"{RULES}/new", **RULE, act="try")
    assert (tried.status, "would be an alert" in tried.text) == (200, True)
    assert "Nothing is open" in shown(alice, HOME)
    path = where(alice.submit(f"{RULES}/new", **RULE))
    (row,) = [one for one in alice.get("/api/v1/alerts/rules").json()["items"] if not one["built_in"]]
    assert (row["floors"], row["channel_ids"], path) == ({"*": 1.5, "EUR": 5.0}, None, f"{RULES}/{row['id']}")
    assert "Too many things" in shown(alice, HOME)
    night = {"quiet_begin": "22:00", "quiet_end": "07:00", "time_zone": "Europe/Berlin", "quiet_days": ["friday"]}
    changed = {**RULE, "threshold": "11.5", "tells": "nobody", "escalate_after": "30", **night}
    assert where(alice.submit(path, **changed)) == path
    text = shown(alice, path)
    for part in ('value="11.5"', 'value="22:00"', 'value="Europe/Berlin"', 'value="nobody" checked', "EUR 5"):
        assert part in text, part
    assert where(alice.submit(f"{path}/switch", on="no")) == RULES
    assert "Nothing is open" in shown(alice, HOME)
    assert alice.submit(f"{path}/delete", confirm="Something else").status == 422
    assert where(alice.submit(f"{path}/delete", confirm="Too many things")) == RULES
    assert "Too many things" not in shown(alice, RULES)


def test_what_cannot_be_meant_is_said_at_its_field(watch: Watch, alice: Client) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": " "}, "Give it a name"),
        ({"metric": "no.such"}, "there is no metric no.such"),
        ({"threshold": "plenty"}, "Write a number, such as 20 or 0.5."),
        ({"readings": "1.5"}, "Write a whole number from 1 to 10."),
        ({"floors": "about five euros"}, "Write one floor a line"),
        ({"floors": "EUR five"}, "Write each amount as a number"),
        ({"floors": "euros 5"}, "EUROS is no currency"),
        ({"tenants": "x"}, "Choose Microsoft tenants of the list."),
        ({"tells": "named", "channels": "x"}, "Choose channels of the list."),
        ({"quiet_begin": "22:00"}, "Write both times"),
        ({"quiet_begin": "22:00", "quiet_end": "07:00", "time_zone": "Mars"}, "There is no time zone Mars"),
        ({"escalate_after": "3"}, "Write whole minutes, from 5 to 10080"),
        ({"threshold": "1\u0000"}, "Write a number"),
    ]
    for given, words in cases:
        answer = alice.submit(f"{RULES}/new", **{**RULE, **given})
        assert (answer.status, words in answer.text) == (422, True), (given, words)
        assert ('value="Too many things"' in answer.text) == ("name" not in given), "what was typed is still there"


def test_alerts_are_acknowledged_together_and_put_aside(watch: Watch, alice: Client, bob: Client) -> None:
    watch.add_rule()
    watch.reads(30, watch.fabrikam)
    watch.evaluated(12)
    keys = [str(row.id) for row in watch.alerts()]
    assert where(alice.submit(f"{HOME}/acknowledge", selected=keys, reason="x")) == HOME
    assert {row.state.value for row in watch.alerts()} == {"open"}, "a reason is needed"
    assert where(alice.submit(f"{HOME}/acknowledge", selected=keys, reason="On call has it")) == HOME
    assert {row.acknowledged_by for row in watch.alerts()} == {watch.cast.alice.email}
    page = f"{HOME}/{keys[0]}"
    for form, status in (
        ({"hours": "4", "reason": "Later"}, 303),
        ({"hours": "", "until": "2026-11-25T10:00", "reason": "Later"}, 303),
        ({"hours": "", "until": "soon", "reason": "Later"}, 422),
        ({"hours": "", "until": "2020-01-01T10:00", "reason": "Later"}, 422),
        ({"hours": "4", "reason": " "}, 422),
    ):
        assert alice.submit(f"{page}/snooze", **form).status == status, form
    assert "Until 2026-11-25 10:00 UTC nobody is told of it." in shown(alice, page)
    assert where(alice.submit(f"{page}/wake")) == page
    assert where(alice.submit(f"{page}/resolve", reason="It is over")) == page
    assert where(alice.submit(f"{page}/resolve", reason="It is over")) == page, "said on the page, not as an error"
    assert "Resolved by alice@tenantry.example" in shown(bob, page).replace("<bdi>", "").replace("</bdi>", "")
    assert bob.submit(f"{page}/acknowledge", reason="It is mine").status == 403
    assert "Acknowledge</button>" not in shown(bob, f"{HOME}/{keys[1]}")


def test_the_panel_is_a_part_of_a_page(watch: Watch, alice: Client, charlie: Client) -> None:
    assert "No alert is open." in shown(alice, "/partials/alerts-panel")
    watch.add_rule()
    watch.evaluated(12, subject="<b>\u202ething")
    part = shown(alice, "/partials/alerts-panel")
    assert "<html" not in part
    assert f"/alerts/{watch.alert().id}" in part
    assert "&lt;b&gt;" in part
    assert "\u202e" not in part
    assert 'id="alerts-panel"' in shown(alice, "/")
    assert "Too many things" not in shown(charlie, "/partials/alerts-panel")


def test_an_alert_whose_reading_is_not_known_says_so(watch: Watch, alice: Client) -> None:
    watch.add_rule()
    watch.evaluated(12)
    watch.evaluated(None, note="Directory.Read.All is missing.")
    text = shown(alice, f"{HOME}/{watch.alert().id}")
    assert "Nothing newer than this value is known: no access." in text
    assert "Directory.Read.All is missing." in text


def test_the_palette_finds_rules_and_what_they_found(watch: Watch, alice: Client) -> None:
    watch.add_rule()
    watch.evaluated(12)
    found = alice.get("/search.json", q="too many").json()["items"]
    assert [(one["label"], one["kind"]) for one in found] == [
        ("Too many things", "Rule"),
        ("Too many things", "Alert, Contoso"),
    ]
