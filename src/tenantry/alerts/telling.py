"""Telling people of transitions: each at most once, not in quiet hours, many of one rule in one message."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from tenantry.alerts.models import Alert, AlertEvent, AlertState, EventKind
from tenantry.alerts.rules.models import AlertRule, Severity
from tenantry.alerts.rules.quiet import QuietHours
from tenantry.alerts.words import metric_label, value_words
from tenantry.estate.models import MicrosoftTenant
from tenantry.platform.notify import EventKind as Subscribed
from tenantry.platform.notify import Message, Section, audience, event_kind, keep
from tenantry.platform.work import Work

OPENED: Final = event_kind(
    "alert.opened", "An alert has opened", "Or is still open when its snooze ends. Always a problem."
)
ESCALATED: Final = event_kind(
    "alert.escalated", "Nobody has acknowledged an alert", "After the time its rule gives people. Always a problem."
)
RESOLVED: Final = event_kind("alert.resolved", "An alert is resolved", "Of those whose opening was told. No problem.")

_SUBSCRIBED: Final[Mapping[EventKind, Subscribed]] = {
    EventKind.OPENED: OPENED,
    EventKind.SNOOZE_ENDED: OPENED,
    EventKind.ESCALATED: ESCALATED,
    EventKind.RESOLVED: RESOLVED,
}
_WORDS: Final = {
    EventKind.OPENED: "",
    EventKind.SNOOZE_ENDED: "Still open: ",
    EventKind.ESCALATED: "Not acknowledged: ",
    EventKind.RESOLVED: "Resolved: ",
}
_AT_ONCE: Final = 2000
_LISTED: Final = 50
_IN_DATA: Final = 200


@dataclass(frozen=True, slots=True)
class Told:
    """A transition that is to be told, with its alert and the name of the alert's Microsoft tenant."""

    event: AlertEvent
    alert: Alert
    tenant: MicrosoftTenant


def due_at(rule: AlertRule, now: datetime) -> datetime:
    """Now, or when the quiet hours of the rule are over."""
    quiet = QuietHours.model_validate(rule.quiet) if rule.quiet else None
    return (quiet.over_at(now) if quiet else None) or now


def tell_due(work: Work, rules: Mapping[UUID, AlertRule]) -> None:
    """Tells what is due, and drops what has lost its meaning while it was held back."""
    now, batches = work.clock.now(), defaultdict[tuple[UUID, EventKind, UUID | None], list[Told]](list)
    for told in _due(work, now):
        rule, event = rules.get(told.alert.rule_id), told.event
        if rule is None or not _still_matters(told.event, told.alert, now):
            event.due_at = None
        elif (later := due_at(rule, now)) > now:
            event.due_at = later
        else:
            event.told_at = now
            if event.kind is EventKind.OPENED:
                told.alert.told_at = now
            batches[rule.id, event.kind, None if rule.is_grouped else event.id].append(told)
    for (rule_id, kind, _), batch in batches.items():
        _send(work, rules[rule_id], kind, batch)


def _due(work: Work, now: datetime) -> list[Told]:
    query = (
        select(AlertEvent, Alert, MicrosoftTenant)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .join(MicrosoftTenant, MicrosoftTenant.id == AlertEvent.microsoft_tenant_id)
        .where(AlertEvent.due_at <= now, AlertEvent.told_at.is_(None))
        .order_by(AlertEvent.due_at, AlertEvent.id)
        .limit(_AT_ONCE)
        .with_for_update(of=[AlertEvent, Alert])
    )
    return [Told(event, alert, tenant) for event, alert, tenant in work.session.execute(query).all()]


def _still_matters(event: AlertEvent, alert: Alert, now: datetime) -> bool:
    """Of what was acknowledged, snoozed or resolved meanwhile nobody is told, and no end of what nobody was told of."""
    if event.kind is EventKind.RESOLVED:
        return alert.told_at is not None
    is_snoozed = alert.snoozed_until is not None and alert.snoozed_until > now
    return alert.state is AlertState.OPEN and not is_snoozed


def _send(work: Work, rule: AlertRule, kind: EventKind, batch: Sequence[Told]) -> None:
    """To each channel what it may be told of."""
    named = rule.escalate_to if kind is EventKind.ESCALATED else rule.channel_ids
    is_problem = kind is not EventKind.RESOLVED
    for channel in audience(work, _SUBSCRIBED[kind].name, is_problem=is_problem, channel_ids=named):
        covered = [told for told in batch if channel.covers(told.tenant.id)]
        for told in covered:
            told.event.channels += 1
        if covered:
            about = covered[0].tenant.id if len({told.tenant.id for told in covered}) == 1 else None
            keep(work, channel, _message(rule, kind, covered), f"alert:{covered[0].event.id}", about)


def _message(rule: AlertRule, kind: EventKind, batch: Sequence[Told]) -> Message:
    one = batch[0] if len(batch) == 1 else None
    subject = f"{_WORDS[kind]}{rule.name}, " + (one.tenant.name if one else f"{len(batch)} alerts")
    return Message(
        event=_SUBSCRIBED[kind].name,
        subject=subject,
        lead=_lead(rule, one, batch),
        is_problem=kind is not EventKind.RESOLVED,
        facts=_facts(rule, kind, one),
        sections=[] if one else [_section(batch)],
        path=f"/alerts/{one.alert.id}" if one else "/alerts",
        link="Open the alert" if one else "Open the alerts",
        data={
            "transition": kind.value,
            "rule_id": str(rule.id),
            "count": len(batch),
            "alerts": [_data(told) for told in batch[:_IN_DATA]],
        },
    )


def _lead(rule: AlertRule, one: Told | None, batch: Sequence[Told]) -> str:
    label = metric_label(rule.metric)
    if one is None:
        tenants = len({told.tenant.id for told in batch})
        return (
            f"{label}, in {tenants} Microsoft tenant{'s' if tenants > 1 else ''}. The rule: {batch[0].alert.condition}."
        )
    return f"{label}: {_value(one.alert)}. The rule: {one.alert.condition}."


def _facts(rule: AlertRule, kind: EventKind, one: Told | None) -> list[tuple[str, str]]:
    severity = ("Severity", rule.severity.value)
    if one is None:
        return [severity] if kind is not EventKind.RESOLVED else []
    alert = one.alert
    facts = [("Microsoft tenant", one.tenant.name), ("Domain", one.tenant.default_domain), ("About", alert.subject)]
    facts += [severity, ("Opened", f"{alert.opened_at:%Y-%m-%d %H:%M} UTC")]
    facts += [("As of", f"{alert.as_of:%Y-%m-%d %H:%M} UTC" if alert.as_of else ""), ("Note", alert.reading_note)]
    facts += [("Why", one.event.reason or "")]
    return [(name, value) for name, value in facts if value]


def _section(batch: Sequence[Told]) -> Section:
    rows = sorted(batch, key=lambda told: (told.tenant.name.casefold(), told.alert.subject))
    lines = [
        f"{told.tenant.name}{f', {told.alert.subject}' if told.alert.subject else ''}: {_value(told.alert)}"
        for told in rows[:_LISTED]
    ]
    return Section(title="Alerts", lines=lines, more=len(rows) - len(lines))


def _value(alert: Alert) -> str:
    return value_words(alert.metric, alert.value, alert.currency)


def _data(told: Told) -> dict[str, Any]:
    alert = told.alert
    return {
        "id": str(alert.id),
        "fingerprint": alert.fingerprint,
        "microsoft_tenant_id": str(told.tenant.id),
        "entra_tenant_id": str(told.tenant.entra_tenant_id),
        "subject": alert.subject,
        "metric": alert.metric,
        "severity": Severity(alert.severity).value,
        "state": AlertState(alert.state).value,
        "value": alert.value,
        "previous": alert.previous,
        "currency": alert.currency,
        "as_of": alert.as_of.isoformat() if alert.as_of else None,
        "opened_at": alert.opened_at.isoformat(),
    }
