"""Alerts that somebody may see, and what people do with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select

from tenantry.alerts.evaluation import add_event, resolve
from tenantry.alerts.models import Alert, AlertEvent, AlertState, EventKind
from tenantry.alerts.permissions import ACT, READ
from tenantry.alerts.rules.models import AlertRule, Severity
from tenantry.estate.metering import all_metrics
from tenantry.kit.db.sessions import missing
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work

LONGEST_SNOOZE: Final = timedelta(days=90)
"""A snooze for ever would be a rule that nobody looks at again."""
_RANK: Final[Any] = case(*((Alert.severity == severity, place) for place, severity in enumerate(Severity)))


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; None means any. `live` alone leaves out the resolved ones."""

    state: AlertState | None = None
    live: bool = False
    snoozed: bool | None = None
    severity: Severity | None = None
    rule_id: UUID | None = None
    metric: str | None = None
    microsoft_tenant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the alerts that are not resolved."""

    open: int
    critical: int
    """Of the open ones."""
    acknowledged: int
    snoozed: int
    """Of both."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """The alerts of the actor's Microsoft tenants, over metrics whose data the actor may see."""

    work: Work

    def page(self, wanted: AlertFilter, page: PageQuery) -> Page[Alert]:
        """The newest first."""
        by = [SortKey(column, descending=True, never_null=True) for column in (Alert.opened_at, Alert.id)]
        return paginate(self.work.session, self._statement(wanted), page, by, count_to=COUNT_TO)

    def worst(self, limit: int) -> Sequence[Alert]:
        """The open ones that nobody has put aside: the most severe first, then the oldest."""
        query = self._statement(AlertFilter(state=AlertState.OPEN, snoozed=False))
        return self.work.session.scalars(query.order_by(_RANK, Alert.opened_at, Alert.id).limit(limit)).all()

    def counts(self, microsoft_tenant_id: UUID | None = None) -> Counts:
        is_open = Alert.state == AlertState.OPEN
        is_snoozed = Alert.snoozed_until.is_not(None)
        is_new = is_open & ~is_snoozed
        columns = (
            func.count().filter(is_new),
            func.count().filter(is_new & (Alert.severity == Severity.CRITICAL)),
            func.count().filter((Alert.state == AlertState.ACKNOWLEDGED) & ~is_snoozed),
            func.count().filter(is_snoozed),
        )
        statement = self._statement(AlertFilter(live=True, microsoft_tenant_id=microsoft_tenant_id)).with_only_columns(
            *columns
        )
        return Counts(*self.work.session.execute(statement).one())

    def get(self, alert_id: UUID) -> Alert:
        """Raises NotFound."""
        self.work.actor.require(READ)
        row = self.work.one(Alert, alert_id)
        if row.metric not in self._metrics():
            raise missing(Alert)
        return row

    def history(self, alert_id: UUID) -> Sequence[AlertEvent]:
        """The oldest first."""
        row = self.get(alert_id)
        query = select(AlertEvent).where(AlertEvent.alert_id == row.id).order_by(AlertEvent.at, AlertEvent.id)
        return self.work.session.scalars(query).all()

    def earlier(self, alert: Alert, limit: int = 10) -> Sequence[Alert]:
        """The times before that the same was found."""
        query = select(Alert).where(Alert.fingerprint == alert.fingerprint, Alert.id != alert.id)
        return self.work.session.scalars(query.order_by(Alert.opened_at.desc()).limit(limit)).all()

    def acknowledge(self, alert_id: UUID, reason: str) -> Alert:
        """Somebody has seen to it: nobody is told of it again before it is resolved. Raises Conflict."""
        row = self._locked(alert_id)
        if row.state is AlertState.ACKNOWLEDGED:
            raise Conflict(why=f"{row.acknowledged_by} has acknowledged this alert already")
        by = self._label
        row.state, row.acknowledged_at, row.acknowledged_by = AlertState.ACKNOWLEDGED, self.work.clock.now(), by
        add_event(self.work, row, EventKind.ACKNOWLEDGED, by=by, reason=reason)
        self.work.audit.record("alert.acknowledged", row, reason=reason)
        return row

    def snooze(self, alert_id: UUID, until: datetime, reason: str) -> Alert:
        """Nobody is told of it until then. Raises InvalidInput for an end that is none, and Conflict."""
        now = self.work.clock.now()
        if not now < until <= now + LONGEST_SNOOZE:
            raise InvalidInput(why=f"until lies in the future, at most {LONGEST_SNOOZE.days} days from now")
        row = self._locked(alert_id)
        row.snoozed_until = until
        add_event(self.work, row, EventKind.SNOOZED, by=self._label, reason=reason, until=until)
        self.work.audit.record("alert.snoozed", row, reason=reason, until=until.isoformat())
        return row

    def wake(self, alert_id: UUID) -> Alert:
        """Ends a snooze early. Raises Conflict for an alert that is not snoozed."""
        row = self._locked(alert_id)
        if row.snoozed_until is None:
            raise Conflict(why="the alert is not snoozed")
        row.snoozed_until = None
        add_event(self.work, row, EventKind.SNOOZE_ENDED, by=self._label)
        self.work.audit.record("alert.snooze_ended", row)
        return row

    def resolve(self, alert_id: UUID, reason: str) -> Alert:
        """Ends it by hand. It opens again when something newer than what is known now shows the same."""
        row = self._locked(alert_id)
        rule = self.work.session.scalars(select(AlertRule).where(AlertRule.id == row.rule_id)).one_or_none()
        resolve(self.work, row, reason, by=self._label, rule=rule)
        self.work.audit.record("alert.resolved", row, reason=reason)
        return row

    def _locked(self, alert_id: UUID) -> Alert:
        """Raises NotFound, and Conflict for one that is resolved."""
        self.work.actor.require(ACT)
        key = self.get(alert_id).id
        row = self.work.session.scalars(select(Alert).where(Alert.id == key).with_for_update()).one()
        if not row.is_live:
            raise Conflict(why="the alert is resolved already")
        return row

    def _statement(self, wanted: AlertFilter) -> AnySelect:
        self.work.actor.require(READ)
        conditions: list[ColumnElement[bool]] = []
        if self.work.actor.permissions is not None:
            conditions.append(Alert.metric.in_(self._metrics()))
        if self.work.actor.scope is not None:
            conditions.append(Alert.microsoft_tenant_id.in_(self.work.actor.scope))
        if wanted.live:
            conditions.append(Alert.state != AlertState.RESOLVED)
        if wanted.snoozed is not None:
            conditions.append(Alert.snoozed_until.is_not(None) == wanted.snoozed)
        names = ("state", "severity", "rule_id", "metric", "microsoft_tenant_id")
        given = {name: value for name in names if (value := getattr(wanted, name)) is not None}
        return select(Alert).where(*conditions).filter_by(**given)

    def _metrics(self) -> set[str]:
        """Those whose data the actor may see."""
        return {one.name for one in all_metrics() if self.work.actor.may(one.needs)}

    @property
    def _label(self) -> str:
        return self.work.actor.label[:254]
