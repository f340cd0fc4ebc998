"""Keeping the summary rows: recomputed for a Microsoft tenant whenever it was collected."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from tenantry.governance.identity.models import DirectoryUser, UserRegistration
from tenantry.governance.identity.queries import People, PeopleFilter, count, filtered
from tenantry.governance.overview.models import Licence, Summary
from tenantry.governance.resources.models import Resource
from tenantry.observe.events import on_collected
from tenantry.observe.losses import ACCESS_LOST, is_lost, lost_subscriptions
from tenantry.observe.models import DatasetState, Outcome
from tenantry.observe.store import items_at
from tenantry.platform.work import Work

FIGURES: Final[Mapping[str, tuple[str, ...]]] = {
    "people": ("entra.users",),
    "mfa": ("entra.users", "entra.registration_details"),
    "privileged": ("entra.users", "entra.role_assignments", "entra.role_definitions"),
    "stale": ("entra.users", "entra.sign_in_activity"),
    "resources": ("azure.resources",),
}
"""The figures of the fleet, and the datasets each is made of."""
_WORST_FIRST: Final = (
    Outcome.NO_ACCESS,
    Outcome.FAILED,
    Outcome.THROTTLED,
    Outcome.PARTIAL,
    Outcome.CANCELLED,
    Outcome.NOT_LICENSED,
    Outcome.UNSUPPORTED,
    Outcome.RUNNING,
    Outcome.COMPLETE,
)
_UNFINISHED: Final = frozenset({Outcome.FAILED, Outcome.THROTTLED, Outcome.PARTIAL, Outcome.CANCELLED})
_PLANS: Final = (("AAD_PREMIUM_P2", Licence.P2), ("AAD_PREMIUM", Licence.P1))
"""Entra ID's service plans, the better one first."""

States = Mapping[str, DatasetState]


@on_collected
def summarise(work: Work, microsoft_tenant_id: UUID) -> None:
    """Counts from the projections; what was never collected stays None."""
    session, key = work.session, microsoft_tenant_id
    rows = session.scalars(select(DatasetState).where(DatasetState.microsoft_tenant_id == key)).all()
    states: States = {row.dataset: row for row in rows}
    lost = len(lost_subscriptions(session, key))
    summary = session.scalars(select(Summary).where(Summary.microsoft_tenant_id == key)).one_or_none()
    if summary is None:
        summary = Summary(microsoft_tenant_id=key, problems=0)
        session.add(summary)
    summary.lost_subscriptions = lost
    _outcomes(summary, states)
    known = frozenset(name for name, row in states.items() if row.complete_at)
    _people(work, summary, key, known)
    if "entra.subscribed_skus" in known:
        summary.licence = _licence(item for _, item in items_at(session, key, "entra.subscribed_skus")).value
    if "azure.resources" in known:
        visible = Resource.microsoft_tenant_id == key, ~is_lost(Resource)
        summary.resources = count(session, select(Resource.id).where(*visible))
        summary.orphans = count(session, select(Resource.id).where(*visible, Resource.orphan_reason.is_not(None)))


def _outcomes(summary: Summary, states: States) -> None:
    outcomes = [row.outcome for row in states.values()]
    summary.without_access = outcomes.count(Outcome.NO_ACCESS)
    summary.not_licensed = outcomes.count(Outcome.NOT_LICENSED)
    summary.unfinished = sum(outcome in _UNFINISHED for outcome in outcomes)
    summary.problems = summary.without_access + summary.unfinished + summary.lost_subscriptions
    summary.collected_at = max((row.complete_at for row in states.values() if row.complete_at), default=None)
    worst = {figure: _worst(states, names) for figure, names in FIGURES.items()}
    summary.states = {figure: outcome.value for figure, outcome in worst.items() if outcome is not None}
    if summary.lost_subscriptions and summary.states.get("resources") == Outcome.COMPLETE:
        summary.states["resources"] = ACCESS_LOST


def _worst(states: States, names: Iterable[str]) -> Outcome | None:
    found = [states[name].outcome for name in names if name in states]
    return min(found, key=_WORST_FIRST.index, default=None)


def _licence(skus: Iterable[Mapping[str, Any]]) -> Licence:
    plans = {
        plan.get("servicePlanName")
        for sku in skus
        if sku.get("capabilityStatus") in ("Enabled", "Warning")
        for plan in sku.get("servicePlans") or ()
    }
    return next((licence for name, licence in _PLANS if name in plans), Licence.FREE)


def _people(work: Work, summary: Summary, key: UUID, known: frozenset[str]) -> None:
    now = work.clock.now()
    if known.issuperset(FIGURES["people"]):
        summary.members = _count(work, key, People.USERS, now)
        summary.guests = _count(work, key, People.GUESTS, now)
    if known.issuperset(FIGURES["mfa"]):
        summary.mfa_known, summary.mfa_capable = _coverage(work, key)
    if known.issuperset(FIGURES["privileged"]):
        summary.privileged = _count(work, key, People.PRIVILEGED, now)
        if "entra.registration_details" in known:
            summary.privileged_without_mfa = _count(work, key, People.PRIVILEGED, now, mfa=False)
    if known.issuperset(FIGURES["stale"]):
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
