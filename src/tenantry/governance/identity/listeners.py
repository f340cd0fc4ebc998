"""After a collection: the privileges, the seats, the figures, and the day's snapshot of one Microsoft tenant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.governance.identity.figures.counting import RESTS_ON, Count
from tenantry.governance.identity.figures.models import IdentityFigures, IdentitySnapshot
from tenantry.governance.identity.licensing.seats import count_seats
from tenantry.governance.identity.privileges.making import remake
from tenantry.kit.db import TenantSession
from tenantry.observe.events import on_collected
from tenantry.observe.models import DatasetState
from tenantry.platform.work import Work

States = Mapping[str, DatasetState]


@on_collected
def count_identity(work: Work, microsoft_tenant_id: UUID) -> None:
    session, now = work.session, work.clock.now()
    query = select(DatasetState).where(DatasetState.microsoft_tenant_id == microsoft_tenant_id)
    states = {state.dataset: state for state in session.scalars(query)}
    if not any(name in states for names in RESTS_ON.values() for name in names):
        return
    known = {name for name, state in states.items() if state.complete_at is not None}
    remake(session, microsoft_tenant_id, {name: (state.outcome, name in known) for name, state in states.items()})
    users = "entra.users" in known
    count_seats(session, microsoft_tenant_id, now, users=users, sign_ins=users and "entra.sign_in_activity" in known)
    found = Count(session, microsoft_tenant_id, now).figures(states)
    _keep(session, IdentityFigures, now, found, microsoft_tenant_id=microsoft_tenant_id)
    _snapshot(session, microsoft_tenant_id, now, states, found)


def _snapshot(session: TenantSession, key: UUID, now: datetime, states: States, found: Mapping[str, Any]) -> None:
    """What rests on data of today. What does not come on a day stays as this day's earlier snapshot has it."""
    today = now.date()
    fresh = {name for name, state in states.items() if state.complete_at and state.complete_at.date() == today}
    seen = {name: value for name, value in found.items() if fresh.issuperset(RESTS_ON[name])}
    if seen:
        _keep(session, IdentitySnapshot, now, seen, microsoft_tenant_id=key, day=today)


def _keep(session: TenantSession, model: Any, now: datetime, values: Mapping[str, Any], **key: Any) -> None:
    row = session.scalars(select(model).filter_by(**key)).one_or_none()
    if row is None:
        row = model(**key)
        if isinstance(row, IdentityFigures):
            row.since = now.date()
        session.add(row)
    row.counted_at = now
    for name, value in values.items():
        setattr(row, name, value)
