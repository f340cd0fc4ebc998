"""Whether messages reach people."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from sqlalchemy import func, or_, select

from tenantry.platform.health.registry import Look, Part, Status, health_gauges, health_part
from tenantry.platform.notify.models import ChannelKind, Notification, NotificationState
from tenantry.platform.tenancy.models import Tenant

_LOOK_BACK: Final = timedelta(days=1)
"""A message is tried for hours, and not for days."""
_OPEN: Final = (NotificationState.WAITING, NotificationState.UNDELIVERABLE)


@health_part("mail")
def mail(look: Look) -> Part:
    """Whether mails leave."""
    found = _undelivered(look).get(ChannelKind.MAIL, {})
    facts = {"is_set_up": look.platform.settings.has_mail, **_told(found)}
    if not look.platform.settings.has_mail:
        status = Status.DEGRADED if any(found.values()) else Status.UNKNOWN
        return Part(status, "Mail is not set up: mails are kept, and reach nobody.", facts)
    return _part(found, facts)


@health_part("channels")
def channels(look: Look) -> Part:
    """Whether Teams workflows and webhooks take what is posted to them."""
    by_kind = _undelivered(look)
    some = [by_kind.get(kind, {}) for kind in (ChannelKind.TEAMS, ChannelKind.WEBHOOK)]
    found = {state: sum(one.get(state, 0) for one in some) for state in _OPEN}
    return _part(found, _told(found))


@health_gauges
def gauges(look: Look) -> Iterable[Metric]:
    says = "Messages of the last day that have not reached anybody: waiting for another attempt, or given up."
    family = GaugeMetricFamily("tenantry_notifications_undelivered", says, labels=["channel_kind", "state"])
    found = _undelivered(look)
    for kind in ChannelKind:
        for state in _OPEN:
            family.add_metric([kind.value, state.value], found.get(kind, {}).get(state, 0))
    yield family


def _part(found: dict[NotificationState, int], facts: dict[str, int | bool]) -> Part:
    if found.get(NotificationState.UNDELIVERABLE):
        return Part(Status.DEGRADED, "Some messages of the last day were given up; each says why.", facts)
    if found.get(NotificationState.WAITING):
        return Part(Status.OK, "Some messages wait to be delivered.", facts)
    return Part(Status.OK, "Nothing waits to be delivered.", facts)


def _told(found: dict[NotificationState, int]) -> dict[str, int | bool]:
    return {f"{state.value}_of_last_day": found.get(state, 0) for state in _OPEN}


def _undelivered(look: Look) -> dict[ChannelKind, dict[NotificationState, int]]:
    by = (Notification.channel_kind, Notification.state)
    query = select(*by, func.count()).join(Tenant, Tenant.id == Notification.tenant_id)
    query = query.where(Notification.created_at >= look.now - _LOOK_BACK, Notification.state.in_(_OPEN))
    if look.scope is not None:
        about = Notification.microsoft_tenant_id
        query = query.where(or_(about.is_(None), about.in_(look.scope)))
    found: dict[ChannelKind, dict[NotificationState, int]] = {}
    for kind, state, count in look.session.execute(query.group_by(*by)):
        found.setdefault(kind, {})[state] = count
    return found
