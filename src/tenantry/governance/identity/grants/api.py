"""`/api/v1/identity/privileged`."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from tenantry.governance.identity.coverage import coverage
from tenantry.governance.identity.grants.filters import GrantSort, GrantsWanted
from tenantry.governance.identity.grants.queries import DATASETS, grants
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.privileges.models import Holder, Holding, System
from tenantry.governance.identity.schemas import MFA, MfaStrength, PageOut
from tenantry.kit.errors import BadRequest, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/identity", "identity")


class GrantOut(BaseModel):
    """One holder, one privilege, one way to it."""

    id: UUID
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    holder: Holder
    holder_id: UUID | None = Field(description="Of a person for `/people/{id}`; null for what has no page.")
    object_id: str
    name: str
    user_principal_name: str | None
    is_guest: bool
    is_enabled: bool | None
    system: System
    role: str
    scope: str
    scope_name: str
    holding: Holding
    through: str | None = Field(description="The group it is held through.")
    is_permanent: bool | None = Field(description="Null is not known.")
    ends_at: datetime | None
    mfa: MfaStrength | None = Field(description=MFA)
    last_sign_in_at: datetime | None
    is_sign_in_known: bool

    @classmethod
    def of(cls, row: Any) -> Self:
        grant, tenant = row
        is_person = grant.holder is Holder.USER
        return cls(
            id=grant.id,
            microsoft_tenant_id=tenant.id,
            microsoft_tenant=tenant.name,
            holder=grant.holder,
            holder_id=grant.holder_id,
            object_id=grant.holder_key,
            name=grant.name,
            user_principal_name=grant.login,
            is_guest=grant.is_guest,
            is_enabled=grant.is_enabled,
            system=grant.system,
            role=grant.role,
            scope=grant.scope,
            scope_name=grant.scope_name,
            holding=grant.holding,
            through=grant.through_name,
            is_permanent=grant.is_permanent,
            ends_at=grant.ends_at,
            mfa=(grant.strength or "unknown") if is_person else None,
            last_sign_in_at=grant.last_sign_in_at,
            is_sign_in_known=grant.is_sign_in_known,
        )


class GrantsOut(PageOut):
    items: list[GrantOut]


@api.get("/privileged", needs=READ, response_model=GrantsOut, errors=[BadRequest, NotFound])
def list_privileged(work: Work, wanted: GrantsWanted, page: PageQueryParameter, sort: GrantSort) -> GrantsOut:
    """Who is privileged: Entra roles held or eligible, wide Azure roles, application permissions of high risk."""
    found = grants(work, wanted, page, sort)
    told = coverage(work, DATASETS, wanted.microsoft_tenant_id)
    return GrantsOut(items=[GrantOut.of(row) for row in found.items], **PageOut.of(found, told))
