"""Keeping what a day's last complete collection brought. A day without one has no row: it is a gap, and no zero."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select

from tenantry.governance.compliance.counts import STATES, Counts
from tenantry.governance.compliance.models import (
    ComplianceDay,
    ComplianceFleetDay,
    ScoreKind,
    SecureScore,
    SecureScoreDay,
)
from tenantry.governance.compliance.sums import Sum, Sums
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.kit.ids import new_id
from tenantry.observe.losses import is_lost

_DAYS: Final = Base.metadata.tables[ComplianceDay.__tablename__]
_FLEET: Final = Base.metadata.tables[ComplianceFleetDay.__tablename__]
_SECURE: Final = Base.metadata.tables[SecureScoreDay.__tablename__]
_OWN: Final = ("id", "microsoft_tenant_id", "kind", "scope_key", "day", "collected_at")


def record_scores(session: TenantSession, microsoft_tenant_id: UUID, sums: Sums, collected_at: datetime) -> None:
    """Once for each collection: what is found out later about another subscription changes no day that is over."""
    day = collected_at.date()
    held = ComplianceDay.microsoft_tenant_id == microsoft_tenant_id, ComplianceDay.day == day
    newest = session.scalar(select(func.max(ComplianceDay.collected_at)).where(*held))
    if newest is not None and newest >= collected_at:
        return
    session.execute(delete(ComplianceDay).where(*held))
    rows = (
        (new_id(), microsoft_tenant_id, kind, key, day, collected_at, *counted(found.counts), *dates(found))
        for kind, key, found in _scores(sums)
    )
    bulk_upsert(session, _DAYS, [*_OWN, *STATES, "score", "evaluated_from", "evaluated_to"], rows)
    _add_up_fleet(session, day)


def record_secure_scores(session: TenantSession, microsoft_tenant_id: UUID, collected_at: datetime) -> None:
    """Of the subscriptions that are in sight; as with scores, once for each collection."""
    day = collected_at.date()
    held = SecureScoreDay.microsoft_tenant_id == microsoft_tenant_id, SecureScoreDay.day == day
    newest = session.scalar(select(func.max(SecureScoreDay.collected_at)).where(*held))
    if newest is not None and newest >= collected_at:
        return
    session.execute(delete(SecureScoreDay).where(*held))
    query = select(SecureScore.subscription_key, SecureScore.points, SecureScore.most).where(
        SecureScore.microsoft_tenant_id == microsoft_tenant_id,
        SecureScore.is_control.is_(False),
        SecureScore.points.is_not(None),
        SecureScore.most > 0,
        ~is_lost(SecureScore),
    )
    columns = ["id", "microsoft_tenant_id", "day", "collected_at", "subscription_key", "points", "most"]
    rows = ((new_id(), microsoft_tenant_id, day, collected_at, *row) for row in session.execute(query))
    bulk_upsert(session, _SECURE, columns, rows, key=["microsoft_tenant_id", "subscription_key", "day"])


def counted(counts: Counts | None) -> tuple[int | None, ...]:
    """The values of the columns of `Counted`."""
    return (None,) * (len(STATES) + 1) if counts is None else (*counts.values, counts.score)


def dates(found: Sum) -> tuple[datetime | None, datetime | None]:
    return found.evaluated_from, found.evaluated_to


def _scores(sums: Sums) -> Iterable[tuple[str, str, Sum]]:
    yield ScoreKind.MICROSOFT_TENANT.value, "", sums.whole
    kinds: Mapping[ScoreKind, Mapping[str, Sum]] = {
        ScoreKind.SUBSCRIPTION: sums.subscriptions,
        ScoreKind.INITIATIVE: sums.initiatives,
        ScoreKind.ASSIGNMENT: sums.assignments,
    }
    for kind, found in kinds.items():
        yield from ((kind.value, key, one) for key, one in found.items())


def _add_up_fleet(session: TenantSession, day: date) -> None:
    """The day of all Microsoft tenants anew. Its row is locked first: else two that add up at once would each miss
    what the other has not committed yet.
    """
    zeros = dict.fromkeys(("microsoft_tenants", *STATES), 0)
    bulk_upsert(session, _FLEET, ["id", "day", *zeros], [(new_id(), day, *zeros.values())], key=["day"])
    row = session.scalars(select(ComplianceFleetDay).where(ComplianceFleetDay.day == day).with_for_update()).one()
    columns: list[Any] = [func.sum(getattr(ComplianceDay, state)) for state in STATES]
    of_day = ComplianceDay.kind == ScoreKind.MICROSOFT_TENANT, ComplianceDay.day == day
    row.microsoft_tenants, *found = session.execute(select(func.count(), *columns).where(*of_day)).one()
    counts = Counts(*(int(value or 0) for value in found))
    for name, value in zip((*STATES, "score"), counted(counts), strict=True):
        setattr(row, name, value)
