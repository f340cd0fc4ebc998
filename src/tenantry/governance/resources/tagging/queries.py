"""How well resources are tagged: sums over rows per Microsoft tenant, and the list of what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.resources.models import Resource, Subscription
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.queries import COUNT_TO, visible
from tenantry.governance.resources.tagging.models import Fault, Measure, TagFinding, TaggingPolicy, TagScore
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work

SHOWN: Final = 50
"""Rows of a score by type, subscription or Microsoft tenant, the worst first."""


@dataclass(frozen=True, slots=True)
class TagFilter:
    """Which findings; None means any. `text` is the beginning of the resource's name."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    type: str | None = None
    tag: str | None = None
    fault: Fault | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How many resources of one part are as they should be. `key` is None for the whole."""

    by: Measure
    key: str | None
    name: str
    resources: int
    compliant: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The whole, and of how many Microsoft tenants it is. `behind` are judged by a policy that was changed since."""

    score: Score
    microsoft_tenants: int
    judged: int
    behind: int
    oldest: datetime | None


def findings(
    work: Work, wanted: TagFilter, page: PageQuery, *, count: bool = True
) -> Page[tuple[TagFinding, Resource]]:
    """A page of what is wrong, by the resource's name."""
    work.actor.require(READ, on=wanted.microsoft_tenant_id)
    statement = (
        select(TagFinding, Resource)
        .join(Resource, Resource.id == TagFinding.resource_id)
        .where(*_conditions(work, wanted))
    )
    by = [SortKey(TagFinding.name_key, never_null=True), SortKey(TagFinding.id, never_null=True)]
    return paginate(work.session, statement, page, by, count_to=COUNT_TO if count else None)


def standing(work: Work, microsoft_tenant_id: UUID | None) -> Standing:
    work.actor.require(READ, on=microsoft_tenant_id)
    whole = (TagScore.microsoft_tenant_id == MicrosoftTenant.id) & (TagScore.measure == Measure.MICROSOFT_TENANT)
    query = (
        select(MicrosoftTenant.id, TagScore)
        .select_from(MicrosoftTenant)
        .outerjoin(TagScore, whole)
        .where(*visible(work.actor, MicrosoftTenant))
    )
    if microsoft_tenant_id is not None:
        query = query.where(MicrosoftTenant.id == microsoft_tenant_id)
    rows: Sequence[tuple[UUID, TagScore | None]] = [(key, score) for key, score in work.session.execute(query)]
    marks = {row.microsoft_tenant_id: row.mark for row in work.session.scalars(select(TaggingPolicy))}
    judged = [score for _, score in rows if score is not None]
    behind = sum(row.policy_mark != marks.get(row.microsoft_tenant_id, marks.get(None)) for row in judged)
    whole_score = Score(Measure.MICROSOFT_TENANT, None, "All", *_added(judged))
    return Standing(whole_score, len(rows), len(judged), behind, min((row.judged_at for row in judged), default=None))


def scores(work: Work, by: Measure, microsoft_tenant_id: UUID | None, *, most: int = SHOWN) -> list[Score]:
    """Each part with what is known of it: those with the most resources that are not as they should be first."""
    work.actor.require(READ, on=microsoft_tenant_id)
    key: Any = TagScore.microsoft_tenant_id if by is Measure.MICROSOFT_TENANT else TagScore.key
    added = [func.sum(column) for column in (TagScore.resources, TagScore.compliant, TagScore.left_out)]
    query = select(key, *added).where(TagScore.measure == by, *visible(work.actor, TagScore))
    if microsoft_tenant_id is not None:
        query = query.where(TagScore.microsoft_tenant_id == microsoft_tenant_id)
    worst = (added[1] - added[0]).asc()
    rows = work.session.execute(query.group_by(key).order_by(worst, key).limit(most)).all()
    names = _names(work, by, [row[0] for row in rows])
    return [Score(by, str(row[0]), names.get(row[0], str(row[0])), *map(int, row[1:])) for row in rows]


def _names(work: Work, by: Measure, keys: Sequence[Any]) -> dict[Any, str]:
    if by is Measure.MICROSOFT_TENANT:
        named = select(MicrosoftTenant.id, MicrosoftTenant.name).where(MicrosoftTenant.id.in_(keys))
        return {row.id: row.name for row in work.session.execute(named)}
    if by is Measure.SUBSCRIPTION:
        of = select(Subscription.subscription_key, Subscription.display_name)
        found = work.session.execute(
            of.where(Subscription.subscription_key.in_(keys), *visible(work.actor, Subscription))
        )
        return {row.subscription_key: row.display_name for row in found}
    return {}


def _added(rows: Sequence[TagScore]) -> tuple[int, int, int]:
    return sum(row.resources for row in rows), sum(row.compliant for row in rows), sum(row.left_out for row in rows)


def _conditions(work: Work, wanted: TagFilter) -> list[ColumnElement[bool]]:
    exact: dict[Any, Any] = {
        TagFinding.microsoft_tenant_id: wanted.microsoft_tenant_id,
        TagFinding.subscription_key: wanted.subscription and wanted.subscription.lower(),
        TagFinding.resource_type: wanted.type and wanted.type.lower(),
        TagFinding.tag_key: wanted.tag and wanted.tag.lower()[:128],
        TagFinding.fault: wanted.fault,
    }
    found = [column == value for column, value in exact.items() if value]
    if wanted.text:
        found.append(begins_with(TagFinding.name_key, wanted.text.casefold()))
    return [*found, *visible(work.actor, TagFinding)]
