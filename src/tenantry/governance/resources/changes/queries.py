"""Lists of changes, the newest first: walks along an index that ends in the moment, whatever they are filtered by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.resources.catalogue import CHANGES
from tenantry.governance.resources.changes.models import ResourceChange
from tenantry.governance.resources.models import Resource
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.queries import COUNT_TO, visible
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import Page, PageQuery, SortKey, paginate
from tenantry.observe.models import DatasetState, Outcome
from tenantry.platform.work import Work


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes; None means any. `by` is who made it, `text` the beginning of the resource's name."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    group: str | None = None
    type: str | None = None
    kind: str | None = None
    by: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Of how many Microsoft tenants the changes are known, and how old what is known of the stalest is."""

    tenants: int
    known: int
    oldest: datetime | None
    refused: int
    """Those whose newest attempt brought nothing."""


def changes(work: Work, wanted: ChangeFilter, page: PageQuery, *, count: bool = True) -> Page[ResourceChange]:
    """A page of changes, the newest first."""
    work.actor.require(READ, on=wanted.microsoft_tenant_id)
    statement = select(ResourceChange).where(*_conditions(work, wanted))
    return paginate(work.session, statement, page, _newest_first(), count_to=COUNT_TO if count else None)


def changes_of(work: Work, row: Resource, page: PageQuery) -> Page[ResourceChange]:
    """What was done to one resource, the newest first."""
    work.actor.require(READ, on=row.microsoft_tenant_id)
    statement = select(ResourceChange).where(
        ResourceChange.microsoft_tenant_id == row.microsoft_tenant_id, ResourceChange.resource_key == row.item_key
    )
    return paginate(work.session, statement, page, _newest_first())


def resources_of(work: Work, rows: Sequence[ResourceChange]) -> dict[tuple[UUID, str], UUID]:
    """Where the resources of a page of changes are; what is gone has no place any more."""
    keys, tenants = {row.resource_key for row in rows}, {row.microsoft_tenant_id for row in rows}
    query = select(Resource.id, Resource.microsoft_tenant_id, Resource.item_key).where(
        Resource.microsoft_tenant_id.in_(tenants), Resource.item_key.in_(keys)
    )
    return {(row.microsoft_tenant_id, row.item_key): row.id for row in work.session.execute(query)} if rows else {}


def known_of(work: Work, microsoft_tenant_id: UUID | None) -> Known:
    """How far these lists can be trusted."""
    refused = func.count().filter(DatasetState.outcome != Outcome.COMPLETE, DatasetState.id.is_not(None))
    query = (
        select(func.count(), func.count(DatasetState.complete_at), func.min(DatasetState.complete_at), refused)
        .select_from(MicrosoftTenant)
        .outerjoin(
            DatasetState,
            (DatasetState.microsoft_tenant_id == MicrosoftTenant.id) & (DatasetState.dataset == CHANGES.name),
        )
        .where(*visible(work.actor, MicrosoftTenant))
    )
    if microsoft_tenant_id is not None:
        query = query.where(MicrosoftTenant.id == microsoft_tenant_id)
    return Known(*work.session.execute(query).one())


def _newest_first() -> list[SortKey]:
    return [SortKey(column, True, never_null=True) for column in (ResourceChange.changed_at, ResourceChange.id)]


def _conditions(work: Work, wanted: ChangeFilter) -> list[ColumnElement[bool]]:
    exact: dict[Any, Any] = {
        ResourceChange.microsoft_tenant_id: wanted.microsoft_tenant_id,
        ResourceChange.subscription_key: wanted.subscription and wanted.subscription.lower(),
        ResourceChange.group_key: wanted.group and wanted.group.lower(),
        ResourceChange.resource_type: wanted.type and wanted.type.lower(),
        ResourceChange.kind: wanted.kind,
        ResourceChange.changed_by_key: wanted.by and wanted.by.casefold(),
    }
    found = [column == value for column, value in exact.items() if value]
    if wanted.text:
        found.append(begins_with(func.lower(ResourceChange.name), wanted.text.lower()))
    if wanted.since is not None:
        found.append(ResourceChange.changed_at >= wanted.since)
    if wanted.until is not None:
        found.append(ResourceChange.changed_at < wanted.until)
    return [*found, *visible(work.actor, ResourceChange)]
