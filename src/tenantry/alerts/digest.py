"""Once a week: what nothing uses, and what of that is known to cost money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.costs.idle import DAYS, Idle, idle_costs
from tenantry.platform.notify import Message, Section, audience, event_kind, keep
from tenantry.platform.notify.models import Notification, NotificationChannel
from tenantry.platform.work import Work
from tenantry.web.rendering import money

IDLE: Final = event_kind(
    "alert.idle_resources",
    "The week's idle resources",
    "On Mondays: Azure resources that nothing uses, and what they are known to cost. No problem.",
)
_HOUR: Final = 8
"""Of Monday, in UTC."""
_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Found:
    tenant: MicrosoftTenant
    idle: Idle


def send_digest(work: Work) -> None:
    """Each channel is told at most once a week; one that is subscribed later in the week, then."""
    now = work.clock.now()
    if now.weekday() == 0 and now.hour < _HOUR:
        return
    key = _key(now)
    waiting = _untold(work, audience(work, IDLE.name, is_problem=False), key)
    found = _found(work) if waiting else []
    for channel in waiting:
        covered = [one for one in found if channel.covers(one.tenant.id)]
        if covered:
            keep(work, channel, _message(covered), key)


def _key(now: datetime) -> str:
    year, week, _ = now.isocalendar()
    return f"{IDLE.name}:{year}-W{week:02}"


def _untold(work: Work, channels: Sequence[NotificationChannel], key: str) -> list[NotificationChannel]:
    ids = [channel.id for channel in channels]
    query = select(Notification.channel_id).where(Notification.channel_id.in_(ids), Notification.key == key)
    told = set(work.session.scalars(query)) if ids else set()
    return [channel for channel in channels if channel.id not in told]


def _found(work: Work) -> list[Found]:
    """Those with the most orphans that cost money first."""
    active = select(MicrosoftTenant).where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE)
    tenants = {row.id: row for row in work.session.scalars(active)}
    found = [
        Found(tenants[idle.summary.microsoft_tenant_id], idle)
        for idle in idle_costs(work, None)
        if idle.is_known and idle.summary.orphans and idle.summary.microsoft_tenant_id in tenants
    ]
    return sorted(found, key=lambda one: (-(one.idle.summary.orphans_billed or 0), one.tenant.name_key))


def _message(found: Sequence[Found]) -> Message:
    orphans = sum(one.idle.summary.orphans or 0 for one in found)
    billed = sum(one.idle.summary.orphans_billed or 0 for one in found)
    lines = [_line(one) for one in found[:_LISTED]]
    where = f"{len(found)} Microsoft tenant{'s' if len(found) > 1 else ''}"
    data = [_data(one) for one in found[:_LISTED]]
    return Message(
        event=IDLE.name,
        subject=f"Idle resources of the week: {orphans} in {where}",
        lead=f"{orphans} Azure resources are used by nothing; {billed} of them are of kinds that cost money.",
        sections=[Section(title="Microsoft tenants", lines=lines, more=len(found) - len(lines))],
        path="/resources/orphans",
        link="Open the resources",
        data={"orphans": orphans, "orphans_billed": billed, "microsoft_tenants": data},
    )


def _line(one: Found) -> str:
    summary = one.idle.summary
    words = f"{one.tenant.name}: {summary.orphans} idle, {summary.orphans_billed or 0} of kinds that cost money"
    amounts = [f"{money(micros)} {currency}" for currency, micros in sorted(one.idle.micros.items()) if micros]
    if not amounts:
        return f"{words}; what they cost is not known"
    return f"{words}; {'at least ' if one.idle.has_unpriced else ''}{', '.join(amounts)} in {DAYS} days"


def _data(one: Found) -> dict[str, object]:
    return {
        "microsoft_tenant_id": str(one.tenant.id),
        "orphans": one.idle.summary.orphans,
        "orphans_billed": one.idle.summary.orphans_billed,
        "known_costs": {currency: micros / 1_000_000 for currency, micros in one.idle.micros.items()},
        "is_lower_bound": one.idle.has_unpriced,
    }
