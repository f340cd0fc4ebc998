"""Evaluating the rules of a tenant: alerts are opened and resolved, snoozes end, what nobody looks at is escalated.

It may be done as often and by as many as one likes: rules are locked one after the other, an alert that exists is not
opened again whatever its number says now, and what is told is told by the transition and not by the evaluation.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import IntegrityError

from tenantry.alerts.judging import Judgement
from tenantry.alerts.models import Alert, AlertEvent, AlertState, AlertStreak, EventKind
from tenantry.alerts.rules.models import AlertRule
from tenantry.alerts.rules.service import Rules, condition_of
from tenantry.alerts.telling import due_at, tell_due
from tenantry.alerts.words import condition_words
from tenantry.estate.metering import Among, Reading, metric_named
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.kit.logging import get_logger
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.work import Work

_log = get_logger("tenantry.alerts")
RULE_OFF: Final = "The rule was switched off, deleted, or is not about this Microsoft tenant any more."
TENANT_GONE: Final = "The Microsoft tenant was offboarded."
ENDED: Final = "The condition has ended."


def evaluator(tenant_id: UUID) -> Actor:
    """Rules are evaluated for everybody, whoever caused it."""
    return Actor(kind=ActorKind.SYSTEM, label="alerts", tenant_id=tenant_id, permissions=None)


def evaluate(work: Work, among: Among = None) -> None:
    """All rules, of some Microsoft tenants or of all, and what time alone brings about; then people are told."""
    work = replace(work, actor=evaluator(work.actor.tenant_id))
    Rules(work).ensure_built_in()
    rules = _locked(work)
    enabled = {rule.id: rule for rule in rules if rule.is_enabled}
    _retire(work, enabled)
    by_metric = defaultdict[str, list[AlertRule]](list)
    for rule in enabled.values():
        by_metric[rule.metric].append(rule)
    for name, watching in by_metric.items():
        readings = _readings(work, name, among)
        for rule in watching:
            _Evaluation(work, rule, readings).run()
    _end_snoozes(work, enabled)
    _escalate(work, enabled)
    tell_due(work, {rule.id: rule for rule in rules})


def fingerprint_of(rule_id: UUID, microsoft_tenant_id: UUID, subject: str) -> str:
    """What makes two alerts the same: never a number."""
    text = f"{rule_id}\0{microsoft_tenant_id}\0{subject}"
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=32).hexdigest()


def add_event(work: Work, alert: Alert, kind: EventKind, **values: object) -> None:
    work.session.add(
        AlertEvent(
            alert_id=alert.id,
            microsoft_tenant_id=alert.microsoft_tenant_id,
            kind=kind,
            at=work.clock.now(),
            value=alert.value,
            channels=0,
            **values,
        )
    )


def resolve(work: Work, alert: Alert, reason: str, *, by: str | None = None, rule: AlertRule | None = None) -> None:
    """Ends an alert. With a rule, people are told of it, if they were told that it had opened."""
    now = work.clock.now()
    alert.state, alert.resolved_at, alert.resolved_by, alert.snoozed_until = AlertState.RESOLVED, now, by, None
    add_event(work, alert, EventKind.RESOLVED, by=by, reason=reason, due_at=due_at(rule, now) if rule else None)


@dataclass(slots=True)
class _Evaluation:
    """One rule over the readings of its metric."""

    work: Work
    rule: AlertRule
    readings: Sequence[Reading]
    live: Mapping[str, Alert] = field(init=False)
    streaks: Mapping[str, AlertStreak] = field(init=False)

    def run(self) -> None:
        wanted = self.rule.microsoft_tenant_ids
        readings = [one for one in self.readings if wanted is None or str(one.microsoft_tenant_id) in wanted]
        live = select(Alert).where(Alert.rule_id == self.rule.id, Alert.state != AlertState.RESOLVED)
        self.live = {row.fingerprint: row for row in self.work.session.scalars(live.with_for_update())}
        streaks = select(AlertStreak).where(AlertStreak.rule_id == self.rule.id)
        self.streaks = {row.fingerprint: row for row in self.work.session.scalars(streaks)}
        condition, to_open = condition_of(self.rule), dict[str, Reading]()
        for reading in readings:
            key = fingerprint_of(self.rule.id, reading.microsoft_tenant_id, reading.subject)
            judgement = condition.judge(reading)
            if key in self.live:
                self._go_on(self.live[key], reading, judgement)
            elif self._has_lasted(key, reading, judgement):
                to_open[key] = reading
        for key in to_open.keys() - self._settled(to_open):
            self._open(key, to_open[key])

    def _go_on(self, alert: Alert, reading: Reading, judgement: Judgement) -> None:
        """Writes only what has changed: a page of open alerts is not written again with every look."""
        alert.severity, alert.rule_name = self.rule.severity, self.rule.name
        alert.condition = condition_words(self.rule)
        alert.reading_state, alert.reading_note = reading.state[:32], reading.note[:300]
        if reading.value is not None:
            alert.value, alert.previous, alert.as_of = reading.value, reading.previous, reading.as_of
        if judgement is Judgement.CLEARS:
            resolve(self.work, alert, ENDED, rule=self.rule)

    def _has_lasted(self, key: str, reading: Reading, judgement: Judgement) -> bool:
        """Whether the condition has held for as many readings as the rule asks for."""
        streak = self.streaks.get(key)
        if judgement is Judgement.CLEARS and streak is not None:
            self.work.session.delete(streak)
        if judgement is not Judgement.HOLDS:
            return False
        if self.rule.readings == 1:
            return True
        if streak is None:
            columns = {"rule_id": self.rule.id, "microsoft_tenant_id": reading.microsoft_tenant_id}
            self.work.session.add(AlertStreak(fingerprint=key, held=1, as_of=reading.as_of, **columns))
            return False
        if streak.as_of != reading.as_of:
            streak.held, streak.as_of = streak.held + 1, reading.as_of
        if streak.held >= self.rule.readings:
            self.work.session.delete(streak)
            return True
        return False

    def _settled(self, to_open: Mapping[str, Reading]) -> set[str]:
        """What somebody has resolved, and of which nothing newer is known than they knew."""
        keys = list(to_open)
        query = select(Alert.fingerprint, func.max(Alert.as_of)).where(
            Alert.fingerprint.in_(keys), Alert.resolved_by.is_not(None)
        )
        rows = self.work.session.execute(query.group_by(Alert.fingerprint)).all() if keys else []
        known = {key: at for key, at in rows if at is not None}
        return {key for key, at in known.items() if (as_of := to_open[key].as_of) is not None and as_of <= at}

    def _open(self, key: str, reading: Reading) -> None:
        now = self.work.clock.now()
        alert = Alert(
            fingerprint=key,
            rule_id=self.rule.id,
            rule_name=self.rule.name,
            microsoft_tenant_id=reading.microsoft_tenant_id,
            subject=reading.subject[:200],
            metric=self.rule.metric,
            severity=self.rule.severity,
            state=AlertState.OPEN,
            condition=condition_words(self.rule),
            value=reading.value,
            previous=reading.previous,
            currency=reading.currency[:8],
            as_of=reading.as_of,
            reading_state=reading.state[:32],
            reading_note=reading.note[:300],
            opened_at=now,
        )
        try:
            with self.work.session.begin_nested():
                self.work.session.add(alert)
        except IntegrityError:  # somebody else has opened it at this moment: it is the same alert
            return
        add_event(self.work, alert, EventKind.OPENED, due_at=due_at(self.rule, now))


def _locked(work: Work) -> list[AlertRule]:
    """One evaluation at a time, and no rule changes under it."""
    query = select(AlertRule).order_by(AlertRule.id).with_for_update(key_share=True)
    return list(work.session.scalars(query))


def _readings(work: Work, name: str, among: Among) -> list[Reading]:
    """A metric that cannot be read leaves its alerts as they are, and the others alone."""
    metric = metric_named(name)
    if metric is None:
        _log.warning("metric is not known", metric=name)
        return []
    try:
        with work.session.begin_nested():
            return list(metric.read(work, among))
    except Exception:  # noqa: BLE001 - whatever a metric does, the others are evaluated
        _log.exception("metric could not be read", metric=name)
        return []


def _retire(work: Work, enabled: Mapping[UUID, AlertRule]) -> None:
    """Ends what no rule stands behind any more. Nobody is told: people have decided it."""
    query = (
        select(Alert, MicrosoftTenant.lifecycle)
        .join(MicrosoftTenant, MicrosoftTenant.id == Alert.microsoft_tenant_id)
        .where(Alert.state != AlertState.RESOLVED)
        .where(or_(MicrosoftTenant.lifecycle == Lifecycle.OFFBOARDED, Alert.rule_id.not_in(_for_all(enabled))))
        .with_for_update(of=Alert)
    )
    for alert, lifecycle in work.session.execute(query).all():
        rule = enabled.get(alert.rule_id)
        is_covered = rule is not None and _covers(rule, alert.microsoft_tenant_id)
        if lifecycle is Lifecycle.OFFBOARDED or not is_covered:
            resolve(work, alert, TENANT_GONE if lifecycle is Lifecycle.OFFBOARDED else RULE_OFF)


def _for_all(enabled: Mapping[UUID, AlertRule]) -> list[UUID]:
    """Alerts of the other rules are looked at one by one."""
    return [key for key, rule in enabled.items() if rule.microsoft_tenant_ids is None]


def _covers(rule: AlertRule, microsoft_tenant_id: UUID) -> bool:
    return rule.microsoft_tenant_ids is None or str(microsoft_tenant_id) in rule.microsoft_tenant_ids


def _end_snoozes(work: Work, enabled: Mapping[UUID, AlertRule]) -> None:
    """What is still open then is told again: whoever snoozed it wanted to hear of it."""
    now = work.clock.now()
    for alert in _live(work, Alert.snoozed_until <= now):
        rule = enabled.get(alert.rule_id)
        is_told = rule is not None and alert.state is AlertState.OPEN
        alert.snoozed_until = None
        add_event(work, alert, EventKind.SNOOZE_ENDED, due_at=due_at(rule, now) if rule and is_told else None)


def _escalate(work: Work, enabled: Mapping[UUID, AlertRule]) -> None:
    """Once per alert. The time runs from when people were told, not from hours in which they were left alone."""
    now = work.clock.now()
    waiting = Alert.state == AlertState.OPEN, Alert.told_at.is_not(None), Alert.escalated_at.is_(None)
    for rule in enabled.values():
        if rule.escalate_after is None:
            continue
        before = now - timedelta(minutes=rule.escalate_after)
        for alert in _live(work, Alert.rule_id == rule.id, Alert.told_at <= before, *waiting):
            if alert.snoozed_until is None:
                alert.escalated_at = now
                add_event(work, alert, EventKind.ESCALATED, due_at=due_at(rule, now))


def _live(work: Work, *conditions: ColumnElement[bool]) -> Iterable[Alert]:
    query = select(Alert).where(Alert.state != AlertState.RESOLVED, *conditions)
    return work.session.scalars(query.order_by(Alert.id).with_for_update()).all()
