"""One resource with everything known of it: its document, its place, who holds roles on it, what it went through."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity.models import AzureRole, AzureRoleAssignment, DirectoryGroup, DirectoryUser
from tenantry.governance.resources.catalogue import CHANGES, LIGHTHOUSE, RESOURCES, ROLE_ASSIGNMENTS, SUBSCRIPTIONS
from tenantry.governance.resources.changes.models import ResourceChange
from tenantry.governance.resources.changes.queries import changes_of
from tenantry.governance.resources.models import (
    AzureDelegation,
    Resource,
    Subscription,
)
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.queries import Names, names_of
from tenantry.governance.resources.tagging.models import TagFinding
from tenantry.governance.resources.unused.models import UnusedSpan
from tenantry.governance.resources.unused.queries import spans_of
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import PageQuery
from tenantry.observe.bodies import unpack
from tenantry.observe.history import Seen, history_of
from tenantry.observe.models import DatasetState, LostSubscription, ObservationBody
from tenantry.platform.work import Work

_MOST: Final = 50
_FEW: Final = 10
_BESIDE: Final = (ROLE_ASSIGNMENTS.name, LIGHTHOUSE.name, CHANGES.name)


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """Somebody's role where it was given: on the resource itself or on something above it."""

    role: str
    principal: str
    principal_type: str
    level: str


@dataclass(frozen=True, slots=True)
class Detail:
    """What the drawer and the API show. A dataset without a state was never collected."""

    row: Any
    tenant: MicrosoftTenant
    document: Any
    subscription: Subscription | None
    roles: Sequence[RoleHeld]
    delegations: Sequence[AzureDelegation]
    history: Sequence[Seen]
    spans: Sequence[UnusedSpan]
    """When it was unused."""
    changes: Sequence[ResourceChange]
    """What Azure tells was done to it."""
    tag_faults: Sequence[TagFinding]
    states: dict[str, DatasetState]
    names: Names

    @property
    def lost(self) -> LostSubscription | None:
        """Set while the subscription is out of sight: everything here is from before."""
        return self.names.lost(self.row)


def resource_detail(work: Work, resource_id: UUID) -> Detail:
    """Raises NotFound for what is not there, is another tenant's, or is outside the actor's scope."""
    row = work.one(Resource, resource_id)
    return _detail(work, row, RESOURCES.name, _scopes(row.item_key))


def subscription_detail(work: Work, subscription_id: UUID) -> Detail:
    """Raises NotFound as resource_detail does."""
    row = work.one(Subscription, subscription_id)
    return _detail(work, row, SUBSCRIPTIONS.name, [f"/subscriptions/{row.subscription_key}", "/"])


def _detail(work: Work, row: Any, dataset: str, scopes: Sequence[str]) -> Detail:
    work.actor.require(READ)
    tenant = work.session.one(MicrosoftTenant, row.microsoft_tenant_id)
    return Detail(
        row=row,
        tenant=tenant,
        document=_document(work, row),
        subscription=_subscription(work, row),
        roles=_roles(work, row, scopes),
        delegations=_delegations(work, row),
        history=history_of(work.session, row.microsoft_tenant_id, dataset, row.item_key),
        spans=spans_of(work, row.microsoft_tenant_id, row.item_key),
        changes=changes_of(work, row, PageQuery(_FEW)).items if isinstance(row, Resource) else [],
        tag_faults=_tag_faults(work, row),
        states=_states(work, row.microsoft_tenant_id, (dataset, *_BESIDE)),
        names=names_of(work, [row]),
    )


def _document(work: Work, row: Any) -> Any:
    body = work.session.scalars(select(ObservationBody.body).where(ObservationBody.id == row.body_id)).one_or_none()
    if body is None:
        raise NotFound(what="resource")
    return unpack(body)


def _subscription(work: Work, row: Any) -> Subscription | None:
    query = select(Subscription).where(
        Subscription.microsoft_tenant_id == row.microsoft_tenant_id,
        Subscription.subscription_key == row.subscription_key,
    )
    return work.session.scalars(query.limit(1)).one_or_none()


def _scopes(item_key: str) -> list[str]:
    """The resource's id and every id above it: its parents, its group, its subscription, the root."""
    parts = item_key.split("/")
    return [*("/".join(parts[:end]) for end in range(len(parts), 2, -2)), "/"]


def _roles(work: Work, row: Any, scopes: Sequence[str]) -> list[RoleHeld]:
    held = AzureRoleAssignment
    same = held.microsoft_tenant_id == row.microsoft_tenant_id
    query = (
        select(held, AzureRole.display_name, DirectoryUser.display_name, DirectoryGroup.display_name)
        .outerjoin(
            AzureRole,
            and_(AzureRole.microsoft_tenant_id == row.microsoft_tenant_id, AzureRole.role_key == held.role_key),
        )
        .outerjoin(DirectoryUser, _is_principal(DirectoryUser))
        .outerjoin(DirectoryGroup, _is_principal(DirectoryGroup))
        .where(same, held.scope_key.in_(scopes))
        .order_by(held.scope_key.desc(), held.id)
        .limit(_MOST)
    )
    return [
        RoleHeld(
            role or given.role_key,
            person or group or given.principal_key,
            given.principal_type,
            _level(given.scope_key),
        )
        for given, role, person, group in work.session.execute(query)
    ]


def _is_principal(model: Any) -> Any:
    held = AzureRoleAssignment
    return and_(model.microsoft_tenant_id == held.microsoft_tenant_id, model.item_key == held.principal_key)


def _level(scope: str) -> str:
    parts = [part for part in scope.split("/") if part]
    if not parts:
        return "root"
    if "providers" in parts:
        return "management group" if parts[0] == "providers" else "resource"
    return "resource group" if "resourcegroups" in parts else "subscription"


def _delegations(work: Work, row: Any) -> Sequence[AzureDelegation]:
    query = select(AzureDelegation).where(
        AzureDelegation.microsoft_tenant_id == row.microsoft_tenant_id,
        AzureDelegation.subscription_key == row.subscription_key,
    )
    return work.session.scalars(query.order_by(AzureDelegation.offer, AzureDelegation.id).limit(_MOST)).all()


def _states(work: Work, microsoft_tenant_id: UUID, datasets: Sequence[str]) -> dict[str, DatasetState]:
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == microsoft_tenant_id, DatasetState.dataset.in_(datasets)
    )
    return {state.dataset: state for state in work.session.scalars(query)}


def _tag_faults(work: Work, row: Any) -> Sequence[TagFinding]:
    query = select(TagFinding).where(TagFinding.resource_id == row.id).order_by(TagFinding.tag_key).limit(_MOST)
    return work.session.scalars(query).all()
