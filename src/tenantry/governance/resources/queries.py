"""Resources, groups and subscriptions across all Microsoft tenants somebody may see.

Sized for millions of resources: every list walks an index in the order it is shown, counting stops at COUNT_TO, and the
names of Microsoft tenants and subscriptions are looked up for the rows of the page alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.resources.models import (
    AzureSummary,
    Resource,
    ResourceGroup,
    ResourceTag,
    ResourceWord,
    Subscription,
)
from tenantry.governance.resources.projections import tag_key
from tenantry.governance.resources.search import Search, has_word, search
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import AnySelect, Page, PageQuery, SortKey, count_rows, paginate
from tenantry.observe.losses import ACCESS_LOST, is_lost
from tenantry.observe.models import LostSubscription, Outcome
from tenantry.platform.access import Actor
from tenantry.platform.work import Work

COUNT_TO: Final = 10_000
ANY_REASON: Final = "any"
_FEW: Final = 2000


@dataclass(frozen=True, slots=True)
class ResourceFilter:
    """Which resources; None means any. `tag` is `name` or `name=value`, `text` words or an id."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    group: str | None = None
    type: str | None = None
    location: str | None = None
    tag: str | None = None
    orphan: str | None = None
    """A reason, or `any`."""
    text: str | None = None
    start: str | None = None
    """The beginning of a name."""

    @property
    def is_narrow(self) -> bool:
        """Whether anything but a Microsoft tenant is asked for."""
        return any(getattr(self, field.name) for field in fields(self) if field.name != "microsoft_tenant_id")


@dataclass(frozen=True, slots=True)
class ContainerFilter:
    """Which subscriptions or resource groups; None means any."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    state: str | None = None
    is_empty: bool = False
    text: str | None = None


RESOURCE_SORTS: Final[dict[str, Any]] = {
    "name": Resource.name_key,
    "type": Resource.resource_type,
    "location": Resource.location,
}


def resources(
    work: Work, wanted: ResourceFilter, page: PageQuery, sort: tuple[str, bool] = ("name", False), *, count: bool = True
) -> Page[Resource]:
    """A page of resources. With a tag, or a frequent word, the order is that of its index, by name."""
    found = search(work, wanted.text) if wanted.text else Search([], is_counted=True)
    walked = _walked(wanted, found, sort[0])
    statement = _listed(work.actor, wanted, found, walked)
    order: list[Any] = [Resource.name_key, Resource.id]
    if found.rows is not None and walked is Resource:
        order = [found.rows.c.name_key, found.rows.c.resource_id]
    elif walked is not Resource:
        order = [walked.name_key, walked.resource_id]
    if sort[0] != "name":
        order = [RESOURCE_SORTS[sort[0]], Resource.name_key, Resource.id]
    by = [SortKey(column, descending=sort[1], never_null=True) for column in order]
    is_counted = count and (found.is_counted or _has_few(work, wanted))
    most = _FEW if wanted.tag and _is_crossed(wanted) else COUNT_TO
    return paginate(work.session, statement, page, by, count_to=most if is_counted else None)


def _is_crossed(wanted: ResourceFilter) -> bool:
    """Whether a tag is asked for together with what its index does not have: each row has to be looked up."""
    return bool(wanted.subscription or wanted.group or wanted.type or wanted.location or wanted.orphan or wanted.text)


def _walked(wanted: ResourceFilter, found: Search, sort: str) -> Any:
    """The table whose index the list is read along."""
    if wanted.tag:
        return ResourceTag
    return ResourceWord if found.word and sort == "name" else Resource


def _listed(actor: Actor, wanted: ResourceFilter, found: Search, walked: Any) -> AnySelect:
    """Whose resources is asked of the table that is walked, so that its index can answer."""
    whose = [*_of_tenant(walked, wanted.microsoft_tenant_id), *visible(actor, walked)]
    statement: AnySelect = select(Resource).where(*whose, *_resource_conditions(wanted), *found.conditions)
    if found.rows is not None:
        statement = statement.join(found.rows, found.rows.c.resource_id == Resource.id)
    if walked is ResourceWord:
        of = ResourceWord.resource_id == Resource.id
        return statement.join(ResourceWord, of).where(ResourceWord.word == found.word)
    if found.word:
        statement = statement.where(has_word(found.word))
    if not wanted.tag:
        return statement
    return statement.join(ResourceTag, ResourceTag.resource_id == Resource.id).where(*_tagged(wanted.tag))


def _has_few(work: Work, wanted: ResourceFilter) -> bool:
    """Whether the other filters leave so few that looking through all of them takes no time."""
    rest = replace(wanted, text=None)
    if not rest.is_narrow and rest.microsoft_tenant_id is None:
        return False
    nothing = Search([], is_counted=True)
    statement = _listed(work.actor, rest, nothing, _walked(rest, nothing, "name"))
    return count_rows(work.session, statement, _FEW + 1) <= _FEW


def groups(work: Work, wanted: ContainerFilter, page: PageQuery, *, count: bool = True) -> Page[ResourceGroup]:
    """A page of resource groups by name."""
    conditions = [*_of_tenant(ResourceGroup, wanted.microsoft_tenant_id), *visible(work.actor, ResourceGroup)]
    conditions += [*_starts(ResourceGroup, wanted.text)]
    if wanted.subscription:
        conditions.append(ResourceGroup.subscription_key == wanted.subscription.lower())
    if wanted.is_empty:
        conditions.append(ResourceGroup.resources == 0)
    return paginate(
        work.session,
        select(ResourceGroup).where(*conditions),
        page,
        _by_name(ResourceGroup),
        count_to=COUNT_TO if count else None,
    )


def subscriptions(work: Work, wanted: ContainerFilter, page: PageQuery, *, count: bool = True) -> Page[Subscription]:
    """A page of subscriptions by name."""
    conditions = [*_of_tenant(Subscription, wanted.microsoft_tenant_id), *visible(work.actor, Subscription)]
    conditions += [*_starts(Subscription, wanted.text)]
    conditions += _in_state(wanted.state)
    return paginate(
        work.session,
        select(Subscription).where(*conditions),
        page,
        _by_name(Subscription),
        count_to=COUNT_TO if count else None,
    )


def visible(actor: Actor, model: Any) -> list[ColumnElement[bool]]:
    """Inside the actor's scope of Microsoft tenants, and not of one that was offboarded."""
    column = MicrosoftTenant.id if model is MicrosoftTenant else model.microsoft_tenant_id
    gone = select(MicrosoftTenant.id).where(MicrosoftTenant.lifecycle == Lifecycle.OFFBOARDED)
    inside = [] if actor.scope is None else [column.in_(actor.scope)]
    return [*inside, column.not_in(gone)]


@dataclass(frozen=True, slots=True)
class Names:
    """How the Microsoft tenants and subscriptions of a page are called."""

    tenants: dict[UUID, str]
    subscriptions: dict[tuple[UUID, str], str]
    losses: dict[tuple[UUID, str], LostSubscription]
    unread: frozenset[UUID]
    """The Microsoft tenants of which no subscription can be read at all now."""

    def subscription(self, row: Any) -> str:
        key: str = row.subscription_key
        return self.subscriptions.get((row.microsoft_tenant_id, key), key)

    def lost(self, row: Any) -> LostSubscription | None:
        """Since when the subscription of a row is out of sight."""
        return self.losses.get((row.microsoft_tenant_id, row.subscription_key))

    def state(self, subscription: Subscription) -> str:
        """What can be said of a subscription today; not what Microsoft said of it when it was last seen."""
        if self.lost(subscription) is not None:
            return ACCESS_LOST
        unread = subscription.microsoft_tenant_id in self.unread
        return Outcome.NO_ACCESS.value if unread else f"subscription_{subscription.state}"


def names_of(work: Work, rows: Sequence[Any]) -> Names:
    """A few look-ups for the whole page."""
    tenants = {row.microsoft_tenant_id for row in rows}
    keys = {row.subscription_key for row in rows}
    if not rows:
        return Names({}, {}, {}, frozenset())
    named = select(MicrosoftTenant.id, MicrosoftTenant.name).where(MicrosoftTenant.id.in_(tenants))
    of = select(Subscription).where(Subscription.subscription_key.in_(keys))
    found = {(row.microsoft_tenant_id, row.subscription_key): row.display_name for row in work.session.scalars(of)}
    lost = work.session.scalars(select(LostSubscription).where(LostSubscription.subscription_key.in_(keys)))
    unread = select(AzureSummary.microsoft_tenant_id).where(
        AzureSummary.microsoft_tenant_id.in_(tenants), AzureSummary.state == Outcome.NO_ACCESS.value
    )
    return Names(
        {row.id: row.name for row in work.session.execute(named)},
        found,
        {(row.microsoft_tenant_id, row.subscription_key): row for row in lost},
        frozenset(work.session.scalars(unread)),
    )


def _in_state(state: str | None) -> list[ColumnElement[bool]]:
    """As Microsoft says it, of those that can be seen; or those that cannot."""
    if not state:
        return []
    if state == ACCESS_LOST:
        return [is_lost(Subscription)]
    return [Subscription.state == state.lower(), ~is_lost(Subscription)]


def _resource_conditions(wanted: ResourceFilter) -> list[ColumnElement[bool]]:
    exact: dict[Any, str | None] = {
        Resource.subscription_key: wanted.subscription,
        Resource.group_key: wanted.group,
        Resource.resource_type: wanted.type,
        Resource.location: wanted.location,
    }
    conditions = [column == value.lower() for column, value in exact.items() if value]
    if wanted.orphan == ANY_REASON:
        conditions.append(Resource.orphan_reason.is_not(None))
    elif wanted.orphan:
        conditions.append(Resource.orphan_reason == wanted.orphan)
    return [*conditions, *_starts(Resource, wanted.start)]


def _tagged(tag: str) -> list[ColumnElement[bool]]:
    name, has_value, value = tag.partition("=")
    conditions = [ResourceTag.tag_key == tag_key(name.strip())]
    return [*conditions, ResourceTag.value == value.strip()] if has_value else conditions


def _of_tenant(model: Any, microsoft_tenant_id: UUID | None) -> list[ColumnElement[bool]]:
    return [] if microsoft_tenant_id is None else [model.microsoft_tenant_id == microsoft_tenant_id]


def _starts(model: Any, text: str | None) -> list[ColumnElement[bool]]:
    start = (text or "").strip().casefold()
    return [begins_with(model.name_key, start)] if start else []


def _by_name(model: Any) -> list[SortKey]:
    return [SortKey(model.name_key, never_null=True), SortKey(model.id, never_null=True)]
