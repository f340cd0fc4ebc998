"""`/api/v1/alerts`."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from tenantry.alerts.models import Alert, AlertState
from tenantry.alerts.permissions import ACT, READ
from tenantry.alerts.rules.models import Severity
from tenantry.alerts.schemas import AlertOut, AlertPageOut, EventOut, HistoryOut, ReasonIn, SnoozeIn
from tenantry.alerts.service import AlertFilter, Alerts
from tenantry.kit.errors import BadRequest, Conflict, InvalidInput, NotFound
from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/alerts", "alerts")
MetricName = Annotated[str | None, Query(max_length=64, pattern=NO_NUL)]


@api.get("", needs=READ, response_model=AlertPageOut, errors=[BadRequest])
def list_alerts(
    work: Work,
    page: PageQueryParameter,
    state: AlertState | None = None,
    live: Annotated[bool, Query(description="Leave out the resolved ones.")] = False,
    snoozed: bool | None = None,
    severity: Severity | None = None,
    rule_id: UUID | None = None,
    metric: MetricName = None,
    microsoft_tenant_id: UUID | None = None,
) -> AlertPageOut:
    """The alerts of your Microsoft tenants, the newest first."""
    wanted = AlertFilter(state, live, snoozed, severity, rule_id, metric, microsoft_tenant_id)
    found = Alerts(work).page(wanted, page)
    return AlertPageOut(items=[_out(row) for row in found.items], next_cursor=found.next_cursor, total=found.total or 0)


@api.get("/{alert_id:uuid}", needs=READ, response_model=AlertOut, errors=[NotFound])
def get(work: Work, alert_id: UUID) -> AlertOut:
    """One alert."""
    return _out(Alerts(work).get(alert_id))


@api.get("/{alert_id:uuid}/history", needs=READ, response_model=HistoryOut, errors=[NotFound])
def history(work: Work, alert_id: UUID) -> HistoryOut:
    """Its transitions, the oldest first, and which of them people were told of."""
    return HistoryOut(items=[EventOut.model_validate(row) for row in Alerts(work).history(alert_id)])


@api.post("/{alert_id:uuid}/acknowledge", needs=ACT, response_model=AlertOut, errors=[NotFound, Conflict, InvalidInput])
def acknowledge(work: Work, alert_id: UUID, given: ReasonIn) -> AlertOut:
    """Says that somebody has seen to it: nobody is told of it again before it is resolved."""
    return _out(Alerts(work).acknowledge(alert_id, given.reason))


@api.post("/{alert_id:uuid}/snooze", needs=ACT, response_model=AlertOut, errors=[NotFound, Conflict, InvalidInput])
def snooze(work: Work, alert_id: UUID, given: SnoozeIn) -> AlertOut:
    """Puts it aside until a moment: until then nobody is told, and nothing is escalated."""
    return _out(Alerts(work).snooze(alert_id, given.until, given.reason))


@api.delete("/{alert_id:uuid}/snooze", needs=ACT, response_model=AlertOut, errors=[NotFound, Conflict])
def wake(work: Work, alert_id: UUID) -> AlertOut:
    """Ends a snooze early."""
    return _out(Alerts(work).wake(alert_id))


@api.post("/{alert_id:uuid}/resolve", needs=ACT, response_model=AlertOut, errors=[NotFound, Conflict, InvalidInput])
def resolve(work: Work, alert_id: UUID, given: ReasonIn) -> AlertOut:
    """Ends it by hand. It opens again when something newer than what is known now shows the same."""
    return _out(Alerts(work).resolve(alert_id, given.reason))


def _out(row: Alert) -> AlertOut:
    return AlertOut.model_validate(row)
