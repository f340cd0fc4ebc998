"""The numbers above the lists, of whom they speak, how old they are, and how they moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.compliance.counts import STATES, Counts
from tenantry.governance.compliance.models import (
    AdviceSummary,
    ComplianceDay,
    ComplianceFleetDay,
    ComplianceSummary,
    PolicyExemption,
    ScoreKind,
    SecureScoreDay,
)
from tenantry.governance.compliance.permissions import READ
from tenantry.governance.compliance.queries import SOON
from tenantry.governance.costs.period import Period
from tenantry.governance.resources.queries import visible
from tenantry.kit.pagination import count_rows
from tenantry.observe.datasets import Dataset
from tenantry.observe.losses import is_lost
from tenantry.observe.models import DatasetState, LostSubscription, Outcome
from tenantry.platform.work import Work

NEVER: Final = "never"
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many Microsoft tenants stand how with a dataset, how old the oldest of what is shown is, and what is lost."""

    states: Mapping[str, int]
    oldest: datetime | None
    known: int
    """Microsoft tenants of which something is shown, whatever became of the newest attempt."""
    lost_subscriptions: int

    @property
    def microsoft_tenants(self) -> int:
        return sum(self.states.values())

    @property
    def missing(self) -> dict[str, int]:
        """The states of those that are not known, or not as of today."""
        return {state: count for state, count in self.states.items() if state != Outcome.COMPLETE}


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over what is known; None where nothing is."""

    counts: Counts | None
    subscriptions: int | None
    silent: int | None
    policies_violated: int | None
    policies_without_data: int | None
    advice: int | None
    advice_high: int | None
    secure: int | None
    """Hundredths of a percent, each subscription by its weight."""
    secure_subscriptions: int | None
    exemptions: int | None
    exemptions_expired: int
    """Counted up to MOST, as those that end soon."""
    exemptions_expiring: int


@dataclass(frozen=True, slots=True)
class Advised:
    """Advice of one category; `yearly` holds what it may save, by currency."""

    category: str
    recommendations: int
    high: int
    yearly: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a score; of the fleet, with how many Microsoft tenants were known on it."""

    day: date
    counts: Counts
    microsoft_tenants: int | None = None


def coverage(work: Work, dataset: Dataset, microsoft_tenant_id: UUID | None = None) -> Coverage:
    state: Any = DatasetState.outcome
    query = (
        select(state, func.count(), func.count(DatasetState.complete_at), func.min(DatasetState.complete_at))
        .select_from(MicrosoftTenant)
        .outerjoin(
            DatasetState,
            (DatasetState.microsoft_tenant_id == MicrosoftTenant.id) & (DatasetState.dataset == dataset.name),
        )
        .where(*_visible(work, MicrosoftTenant, microsoft_tenant_id))
        .group_by(state)
    )
    rows = work.session.execute(query).all()
    lost = select(func.count()).where(*_visible(work, LostSubscription, microsoft_tenant_id))
    return Coverage(
        {NEVER if row[0] is None else row[0].value: row[1] for row in rows},
        min((row[3] for row in rows if row[3] is not None), default=None),
        sum(row[2] for row in rows),
        work.session.scalar(lost) or 0,
    )


def states_of(work: Work, dataset: Dataset, microsoft_tenant_ids: Sequence[UUID]) -> dict[UUID, DatasetState]:
    """How the newest attempt at a dataset ended, for the rows of a page."""
    query = select(DatasetState).where(
        DatasetState.dataset == dataset.name, DatasetState.microsoft_tenant_id.in_(set(microsoft_tenant_ids))
    )
    return {row.microsoft_tenant_id: row for row in work.session.scalars(query)}


def totals(work: Work, microsoft_tenant_id: UUID | None = None) -> Totals:
    names = (
        *STATES,
        *("subscriptions", "silent", "policies_violated", "policies_without_data", "advice", "advice_high"),
        *("secure_points", "secure_weight", "secure_subscriptions", "exemptions"),
    )
    columns = [func.sum(getattr(ComplianceSummary, name)) for name in names]
    row = work.session.execute(select(*columns).where(*_visible(work, ComplianceSummary, microsoft_tenant_id))).one()
    sums = {name: None if value is None else int(value) for name, value in zip(names, row, strict=True)}
    counted = [sums.pop(state) for state in STATES]
    points, weight = sums.pop("secure_points"), sums.pop("secure_weight")
    return Totals(
        counts=None if counted[0] is None else Counts(*(value or 0 for value in counted)),
        secure=points // weight if weight and points is not None else None,
        **sums,  # type: ignore[arg-type]  # the rest of the columns
        **_ending(work, microsoft_tenant_id),
    )


def advised(work: Work, microsoft_tenant_id: UUID | None = None) -> list[Advised]:
    """By category; what may be saved is never added up over two currencies."""
    columns = func.sum(AdviceSummary.recommendations), func.sum(AdviceSummary.high), func.sum(AdviceSummary.yearly)
    query = (
        select(AdviceSummary.category, AdviceSummary.currency, *columns)
        .where(*_visible(work, AdviceSummary, microsoft_tenant_id))
        .group_by(AdviceSummary.category, AdviceSummary.currency)
    )
    found: dict[str, list[Any]] = {}
    for category, *rest in work.session.execute(query):
        found.setdefault(category, []).append(rest)
    return [
        Advised(
            category,
            sum(int(count) for _, count, _, _ in rows),
            sum(int(high) for _, _, high, _ in rows),
            {currency: int(yearly) for currency, _, _, yearly in sorted(rows) if currency and yearly},
        )
        for category, rows in sorted(found.items())
    ]


def fleet_days(work: Work, period: Period) -> list[Day]:
    """The days of all that the actor may see. Those of everybody are added up already."""
    if work.actor.scope is None:
        work.actor.require(READ)
        query = select(ComplianceFleetDay).where(ComplianceFleetDay.day.between(period.first, period.last))
        rows = work.session.scalars(query.order_by(ComplianceFleetDay.day))
        return [Day(row.day, row.counts, row.microsoft_tenants) for row in rows if row.counts is not None]
    sums = [func.sum(getattr(ComplianceDay, state)) for state in STATES]
    grouped = (
        select(ComplianceDay.day, func.count(), *sums)
        .where(*_visible(work, ComplianceDay, None), ComplianceDay.kind == ScoreKind.MICROSOFT_TENANT)
        .where(ComplianceDay.day.between(period.first, period.last))
        .group_by(ComplianceDay.day)
        .order_by(ComplianceDay.day)
    )
    found = work.session.execute(grouped)
    return [Day(day, Counts(*(int(value or 0) for value in values)), known) for day, known, *values in found]


def days_of(
    work: Work, kind: ScoreKind, keys: Sequence[tuple[UUID, str]], period: Period
) -> dict[tuple[UUID, str], list[Day]]:
    """The days of the scores of a page, the oldest first; a day that is missing is not known."""
    if not keys:
        return {}
    query = select(ComplianceDay).where(
        *_visible(work, ComplianceDay, None),
        ComplianceDay.microsoft_tenant_id.in_({key for key, _ in keys}),
        ComplianceDay.kind == kind,
        ComplianceDay.scope_key.in_({key for _, key in keys}),
        ComplianceDay.day.between(period.first, period.last),
    )
    found: dict[tuple[UUID, str], list[Day]] = {key: [] for key in keys}
    for row in work.session.scalars(query.order_by(ComplianceDay.day)):
        key = row.microsoft_tenant_id, row.scope_key
        if key in found and row.counts is not None:
            found[key].append(Day(row.day, row.counts))
    return found


def secure_days_of(
    work: Work, keys: Sequence[tuple[UUID, str]], period: Period
) -> dict[tuple[UUID, str], list[SecureScoreDay]]:
    """As `days_of`, of secure scores by subscription."""
    if not keys:
        return {}
    query = select(SecureScoreDay).where(
        *_visible(work, SecureScoreDay, None),
        SecureScoreDay.microsoft_tenant_id.in_({key for key, _ in keys}),
        SecureScoreDay.subscription_key.in_({key for _, key in keys}),
        SecureScoreDay.day.between(period.first, period.last),
    )
    found: dict[tuple[UUID, str], list[SecureScoreDay]] = {key: [] for key in keys}
    for row in work.session.scalars(query.order_by(SecureScoreDay.day)):
        found.get((row.microsoft_tenant_id, row.subscription_key), []).append(row)
    return found


def _ending(work: Work, microsoft_tenant_id: UUID | None) -> dict[str, int]:
    """Counted now, and no further than MOST: what ends does so without being collected."""
    now, ends = work.clock.now(), PolicyExemption.ends_at
    ours = *_visible(work, PolicyExemption, microsoft_tenant_id), ~is_lost(PolicyExemption)
    conditions = {"exemptions_expired": ends <= now, "exemptions_expiring": (ends > now) & (ends <= now + SOON)}
    return {
        name: count_rows(work.session, select(PolicyExemption.id).where(*ours, condition), MOST)
        for name, condition in conditions.items()
    }


def _visible(work: Work, model: Any, microsoft_tenant_id: UUID | None) -> list[Any]:
    work.actor.require(READ, on=microsoft_tenant_id)
    conditions = visible(work.actor, model)
    if microsoft_tenant_id is None:
        return conditions
    column = MicrosoftTenant.id if model is MicrosoftTenant else model.microsoft_tenant_id
    return [*conditions, column == microsoft_tenant_id]
