"""One service principal: what it is, which application permissions it was granted, which directory roles it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity.models import AppPermission, DirectoryRole, RoleAssignmentHeld, ServicePrincipal
from tenantry.kit.db import TenantSession
from tenantry.observe.bodies import unpack
from tenantry.observe.history import Seen, history_of
from tenantry.observe.models import DatasetState, ObservationBody
from tenantry.platform.work import Work

_OWN: Final = "entra.service_principals"
_PARTS: Final = {_OWN: "own", "entra.app_role_assignments": "permissions", "entra.role_assignments": "roles"}
"""What the parts of the page are made of."""
_MANY: Final = 200
_MICROSOFTS_OWN: Final = frozenset({"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"})
"""The tenants Microsoft registers its applications in, from "Verify first-party Microsoft applications"."""


@dataclass(frozen=True, slots=True)
class Found:
    """A service principal with everything beside it. A part without a state was never collected."""

    row: ServicePrincipal
    tenant: MicrosoftTenant
    owner: str
    permissions: Sequence[AppPermission]
    roles: Sequence[Any]
    states: dict[str, DatasetState]
    history: Sequence[Seen]
    document: Any


def application(work: Work, principal_id: UUID) -> Found:
    """Raises NotFound, also for one of a Microsoft tenant outside the actor's scope."""
    session, row = work.session, work.one(ServicePrincipal, principal_id)
    tenant = session.one(MicrosoftTenant, row.microsoft_tenant_id)
    body = session.scalars(select(ObservationBody.body).where(ObservationBody.id == row.body_id)).one_or_none()
    return Found(
        row=row,
        tenant=tenant,
        owner=_owner(row, tenant),
        permissions=_permissions(session, row),
        roles=_roles(session, row),
        states=_states(session, row),
        history=history_of(session, row.microsoft_tenant_id, _OWN, row.item_key),
        document=unpack(body) if body is not None else None,
    )


def _owner(row: ServicePrincipal, tenant: MicrosoftTenant) -> str:
    if row.owner_key == str(tenant.entra_tenant_id):
        return "this Microsoft tenant"
    return "Microsoft" if row.owner_key in _MICROSOFTS_OWN else row.owner_key or "not known"


def _permissions(session: TenantSession, row: ServicePrincipal) -> Sequence[AppPermission]:
    """Those of high risk first."""
    query = select(AppPermission).where(
        AppPermission.microsoft_tenant_id == row.microsoft_tenant_id, AppPermission.principal_key == row.item_key
    )
    order = AppPermission.is_high_risk.desc(), AppPermission.permission, AppPermission.id
    return session.scalars(query.order_by(*order).limit(_MANY)).all()


def _roles(session: TenantSession, row: ServicePrincipal) -> Sequence[Any]:
    here, held = row.microsoft_tenant_id, RoleAssignmentHeld
    query = (
        select(DirectoryRole.display_name, DirectoryRole.is_privileged, held.scope)
        .join(held, and_(held.microsoft_tenant_id == here, held.role_key == DirectoryRole.item_key))
        .where(DirectoryRole.microsoft_tenant_id == here, held.principal_key == row.item_key)
    )
    return session.execute(query.order_by(DirectoryRole.is_privileged.desc(), DirectoryRole.display_name)).all()


def _states(session: TenantSession, row: ServicePrincipal) -> dict[str, DatasetState]:
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == row.microsoft_tenant_id, DatasetState.dataset.in_(_PARTS)
    )
    return {_PARTS[state.dataset]: state for state in session.scalars(query)}
