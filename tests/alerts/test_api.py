"""Alerts over HTTP: what people do with them, what they may not see, and what is refused with a reason."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.alerts.watch import TESTED, Watch
from tests.support.web import Client

from tenantry.alerts.rules.schemas import RuleIn
from tenantry.alerts.rules.service import RuleNotYours, Rules
from tenantry.alerts.service import AlertFilter, Alerts
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import PageQuery

RULES, ALERTS = "/api/v1/alerts/rules", "/api/v1/alerts"
RULE = {"name": "Too many things", "metric": TESTED.name, "threshold": 10}


def test_from_a_rule_to_a_resolved_alert(watch: Watch, alice: Client) -> None:
    watch.reads(12, size=3.0, previous=9.0)
    watch.reads(4, watch.fabrikam)
    trial = alice.post(f"{RULES}/test", RULE).json()
    assert (trial["holds"], trial["clears"], trial["undecided"]) == (1, 1, 0)
    assert (trial["items"][0]["name"], trial["items"][0]["judgement"]) == ("Contoso", "holds")
    assert alice.get(ALERTS).json()["total"] == 0, "trying a rule opens nothing"

    rule = alice.post(RULES, RULE).json()
    (alert,) = alice.get(ALERTS, live="true", rule_id=rule["id"]).json()["items"]
    assert (alert["state"], alert["value"], alert["severity"]) == ("open", 12.0, "warning")
    path = f"{ALERTS}/{alert['id']}"
    assert alice.post(f"{path}/acknowledge", {"reason": "On it"}).json()["state"] == "acknowledged"
    assert alice.post(f"{path}/acknowledge", {"reason": "On it"}).status == 409
    until = (watch.clock.now() + timedelta(hours=2)).isoformat()
    assert alice.post(f"{path}/snooze", {"reason": "Tonight", "until": until}).json()["snoozed_until"]
    assert alice.request("DELETE", f"{path}/snooze").json()["snoozed_until"] is None
    assert alice.post(f"{path}/resolve", {"reason": "Done by hand"}).json()["resolved_by"] == watch.cast.alice.email
    history = alice.get(f"{path}/history").json()["items"]
    assert [one["kind"] for one in history] == ["opened", "acknowledged", "snoozed", "snooze_ended", "resolved"]
    assert (history[0]["channels"], history[1]["reason"]) == (1, "On it")
    actions = [one["action"] for one in alice.get("/api/v1/audit", limit=50).json()["items"]]
    assert {"alert.acknowledged", "alert.snoozed", "alert.snooze_ended", "alert.resolved"} <= set(actions)


def test_built_in_rules_are_there_and_are_changed_like_others(watch: Watch, alice: Client) -> None:
    rows = {row["built_in"]: row for row in alice.get(RULES).json()["items"]}
    assert list(rows) == ["cost-spike", "compliance-drop", "stale-sync", "api-errors", "idle-resources"]
    assert [rows[key]["threshold"] for key in rows] == [20, 5, 24, 10, 100]
    assert rows["cost-spike"]["floors"]["EUR"] == 10
    path = f"{RULES}/{rows['stale-sync']['id']}"
    changed = alice.request("PATCH", path, {"threshold": 48, "quiet": None}).json()
    assert (changed["threshold"], changed["name"]) == (48, "Stale sync")
    watch.evaluate()
    assert [row["threshold"] for row in alice.get(RULES).json()["items"]] == [20, 5, 48, 10, 100]
    assert alice.request("DELETE", path).status == 409
    assert alice.request("PATCH", path, {"name": "Mine"}).status == 422
    assert alice.post(RULES, {**RULE, "name": "stale SYNC"}).status == 409


def test_a_rule_is_deleted_and_its_alerts_stay_known(watch: Watch, alice: Client) -> None:
    watch.reads(12)
    rule = alice.post(RULES, RULE).json()
    assert alice.request("DELETE", f"{RULES}/{rule['id']}").status == 204
    (alert,) = alice.get(ALERTS).json()["items"]
    assert (alert["state"], alert["rule_name"], alert["resolved_by"]) == ("resolved", "Too many things", None)


BAD_RULES: list[tuple[dict[str, Any], str]] = [
    ({"name": "x", "threshold": 1}, "metric"),
    ({**RULE, "metric": "no.such"}, "there is no metric no.such; known are"),
    ({**RULE, "threshold": "many"}, "threshold"),
    ({**RULE, "threshold": 1e300}, "threshold"),
    ({**RULE, "name": " "}, "name"),
    ({**RULE, "name": "a\nb"}, "name"),
    ({**RULE, "comparison": "near"}, "comparison"),
    ({**RULE, "floors": {"euro": 5}}, "floors"),
    ({**RULE, "floors": {"EUR": -5}}, "floors"),
    ({**RULE, "readings": 0}, "readings"),
    ({**RULE, "microsoft_tenant_ids": []}, "microsoft_tenant_ids"),
    ({**RULE, "microsoft_tenant_ids": [str(uuid4())]}, "there is no Microsoft tenant"),
    ({**RULE, "channel_ids": [str(uuid4())]}, "there is no channel"),
    ({**RULE, "escalate_after": 1}, "escalate_after"),
    ({**RULE, "escalate_to": []}, "escalate_to needs escalate_after"),
    ({**RULE, "quiet": {"begin": "22:00", "end": "22:00", "time_zone": "UTC"}}, "quiet"),
    ({**RULE, "metric": "sync.hours_since_success", "floors": {"*": 1}}, "nothing that a floor"),
    ({**RULE, "metric": "sync.hours_since_success", "min_previous": 1}, "no previous value"),
    ({**RULE, "notify_everybody": True}, "notify_everybody"),
]


def test_a_rule_that_cannot_be_meant_is_refused_with_the_reason(watch: Watch, alice: Client) -> None:
    for wanted, why in BAD_RULES:
        for path in (RULES, f"{RULES}/test"):
            answer = alice.post(path, wanted)
            assert (answer.status, why in answer.text) == (422, True), (wanted, answer.text)
    assert len(alice.get(RULES).json()["items"]) == 5


def test_acting_that_cannot_be_meant_is_refused(watch: Watch, alice: Client) -> None:
    watch.add_rule()
    watch.evaluated(12)
    path = f"{ALERTS}/{watch.alert().id}"
    for verb, body, status in (
        ("acknowledge", {}, 422),
        ("acknowledge", {"reason": "  "}, 422),
        ("acknowledge", {"reason": "a\u0000b"}, 422),
        ("snooze", {"reason": "Later", "until": "tomorrow"}, 422),
        ("snooze", {"reason": "Later", "until": "2026-11-25T09:00:00"}, 422),
        ("snooze", {"reason": "Later", "until": "2026-11-01T09:00:00Z"}, 422),
        ("snooze", {"reason": "Later", "until": "2030-11-01T09:00:00Z"}, 422),
    ):
        assert alice.post(f"{path}/{verb}", body).status == status, (verb, body)
    assert alice.post(f"{ALERTS}/{uuid4()}/acknowledge", {"reason": "Mine"}).status == 404
    assert alice.get(ALERTS, cursor="x").status == 400
    assert alice.get(ALERTS, state="odd").status == 422
    assert alice.get(ALERTS, metric="\x00").status == 422
    assert alice.request("PATCH", f"{RULES}/{watch.rule_id}", {"threshold": None, "metric": "x"}).status == 422
    assert watch.alert().state.value == "open"


def test_a_viewer_reads_and_another_tenant_sees_nothing(
    watch: Watch, alice: Client, bob: Client, charlie: Client
) -> None:
    watch.add_rule()
    watch.evaluated(12)
    path = f"{ALERTS}/{watch.alert().id}"
    assert bob.get(path).status == 200
    assert bob.post(f"{path}/acknowledge", {"reason": "It is mine"}).status == 403
    assert bob.post(RULES, RULE).status == 403
    assert bob.post(f"{RULES}/{watch.rule_id}/test").status == 200
    assert charlie.get(ALERTS).json()["items"] == []
    for method, at in (("GET", path), ("GET", f"{path}/history"), ("GET", f"{RULES}/{watch.rule_id}")):
        assert charlie.request(method, at).status == 404
    assert charlie.post(f"{path}/resolve", {"reason": "Not mine"}).status == 404
    assert watch.alert().state.value == "open"


def test_pages_of_a_long_list_hold_each_alert_once(watch: Watch, alice: Client) -> None:
    watch.add_rule()
    for number in range(7):
        watch.reads(11 + number, subject=f"thing {number}")
    watch.evaluate()
    seen, cursor = [], None
    while True:
        page = alice.get(ALERTS, limit=3, **({"cursor": cursor} if cursor else {})).json()
        seen += [one["subject"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert sorted(seen) == [f"thing {number}" for number in range(7)]


def test_somebody_limited_to_a_microsoft_tenant_sees_and_changes_only_what_is_about_it(watch: Watch) -> None:
    limited = replace(watch.alice, scope=frozenset({watch.contoso}))
    watch.add_rule()
    watch.reads(30, watch.fabrikam)
    watch.evaluated(12)
    with watch.platform.work(limited) as work:
        found = Alerts(work).page(AlertFilter(), PageQuery()).items
        assert [row.microsoft_tenant_id for row in found] == [watch.contoso]
        assert (Alerts(work).counts().open, len(Alerts(work).worst(5))) == (1, 1)
        other = next(row for row in watch.alerts() if row.microsoft_tenant_id == watch.fabrikam)
        for verb in ("get", "history"):
            with pytest.raises(NotFound):
                getattr(Alerts(work), verb)(other.id)
        with pytest.raises(NotFound):
            Alerts(work).acknowledge(other.id, "Not mine")
        rules = Rules(work)
        assert [one.name for one in rules.trial(RuleIn.model_validate(RULE)).said] == ["Contoso"]
        with pytest.raises(RuleNotYours):
            rules.add(RuleIn.model_validate({**RULE, "name": "For all"}))
        with pytest.raises(RuleNotYours):
            rules.delete(watch.rule_id)
        own = rules.add(RuleIn.model_validate({**RULE, "name": "Own", "microsoft_tenant_ids": [str(watch.contoso)]}))
        rules.delete(own.id)


def test_alerts_over_data_that_somebody_may_not_see_are_not_shown(watch: Watch) -> None:
    held = frozenset(watch.alice.permissions or ()) - {TESTED.needs.name}
    watch.add_rule()
    watch.evaluated(12)
    with watch.platform.work(replace(watch.alice, permissions=held)) as work:
        assert Alerts(work).page(AlertFilter(), PageQuery()).items == []
        with pytest.raises(NotFound):
            Alerts(work).get(watch.alert().id)
