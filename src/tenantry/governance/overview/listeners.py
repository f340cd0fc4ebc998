"""Keeping the summary rows: recomputed for a Microsoft tenant whenever it was collected."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tenantry.governance.identity.models import DirectoryUser, UserRegistration
from tenantry.governance.identity.queries import People, PeopleFilter, count, filtered
from tenantry.governance.overview.models import Summary
from tenantry.governance.resources.models import Resource
from tenantry.observe.events import on_collected
from tenantry.observe.models import DatasetState, Outcome
from tenantry.platform.work import Work


@on_collected
def summarise(work: Work, microsoft_tenant_id: UUID) -> None:
    """Counts from the projections; what was never collected stays None."""
    session, key = work.session, microsoft_tenant_id
    states = {
        row.dataset: row for row in session.scalars(select(DatasetState).where(DatasetState.microsoft_tenant_id == key))
    }
    summary = session.scalars(select(Summary).where(Summary.microsoft_tenant_id == key)).one_or_none()
    if summary is None:
        summary = Summary(microsoft_tenant_id=key, problems=0)
        session.add(summary)
    summary.problems = sum(row.outcome is not Outcome.COMPLETE for row in states.values())
    summary.collected_at = max((row.complete_at for row in states.values() if row.complete_at), default=None)
    _people(work, summary, key, frozenset(name for name, row in states.items() if row.complete_at))
    if "azure.resources" in states and states["azure.resources"].complete_at:
        summary.resources = count(session, select(Resource.id).where(Resource.microsoft_tenant_id == key))
        orphans = Resource.microsoft_tenant_id == key, Resource.orphan_reason.is_not(None)
        summary.orphans = count(session, select(Resource.id).where(*orphans))


def _people(work: Work, summary: Summary, key: UUID, known: frozenset[str]) -> None:
    now = work.clock.now()
    if "entra.users" in known:
        summary.members = _count(work, key, People.USERS, now)
        summary.guests = _count(work, key, People.GUESTS, now)
    if {"entra.users", "entra.registration_details"} <= known:
        summary.mfa_known, summary.mfa_capable = _coverage(work, key)
    if {"entra.users", "entra.role_assignments", "entra.role_definitions"} <= known:
        summary.privileged = _count(work, key, People.PRIVILEGED, now)
        if "entra.registration_details" in known:
            summary.privileged_without_mfa = _count(work, key, People.PRIVILEGED, now, mfa=False)
    if {"entra.users", "entra.sign_in_activity"} <= known:
        summary.stale = _count(work, key, People.STALE, now)


def _count(work: Work, key: UUID, view: People, now: datetime, *, mfa: bool | None = None) -> int:
    wanted = PeopleFilter(view=view, microsoft_tenant_id=key, mfa=mfa)
    return count(work.session, filtered(wanted, now).with_only_columns(DirectoryUser.id))


def _coverage(work: Work, key: UUID) -> tuple[int, int]:
    query = (
        select(func.count(), func.count().filter(UserRegistration.is_mfa_capable))
        .select_from(UserRegistration)
        .join(
            DirectoryUser,
            (DirectoryUser.item_key == UserRegistration.item_key)
            & (DirectoryUser.microsoft_tenant_id == UserRegistration.microsoft_tenant_id),
        )
        .where(UserRegistration.microsoft_tenant_id == key)
        .where(DirectoryUser.is_enabled, DirectoryUser.user_type == "member")
    )
    known, capable = work.session.execute(query).one()
    return known, capable
