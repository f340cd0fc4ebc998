"""Privileges of the fleet, by name of the holder."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity.coverage import within
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.privileges.models import Holder, Holding, PrivilegedGrant, System
from tenantry.governance.identity.strength import Strength
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work

DATASETS: Final = (
    *("entra.users", "entra.groups", "entra.service_principals"),
    *("entra.role_assignments", "entra.role_definitions", "entra.role_eligibility", "entra.role_assignment_instances"),
    *("entra.role_group_members", "entra.group_members", "entra.app_role_assignments"),
    *("azure.role_assignments", "entra.registration_details", "entra.sign_in_activity"),
)
"""What the list rests on."""


@dataclass(frozen=True, slots=True)
class GrantFilter:
    """Which privileges; None means any. `role` and `text` are beginnings."""

    microsoft_tenant_id: UUID | None = None
    text: str | None = None
    system: System | None = None
    holder: Holder | None = None
    holding: Holding | None = None
    through: bool | None = None
    """Whether it is held through a group."""
    role: str | None = None
    mfa: str | None = None
    """A Strength; `true` or `false` for any or none; `unknown`."""
    guest: bool | None = None
    permanent: bool | None = None


SORTS: Final[dict[str, Any]] = {
    "name": PrivilegedGrant.name_key,
    "tenant": MicrosoftTenant.name_key,
    "role": PrivilegedGrant.role,
    "scope": PrivilegedGrant.scope_name,
    "holding": PrivilegedGrant.holding,
    "ends": PrivilegedGrant.ends_at,
    "mfa": PrivilegedGrant.strength,
    "last_sign_in": PrivilegedGrant.last_sign_in_at,
}
_MAY_BE_NULL: Final = frozenset({"ends", "mfa", "last_sign_in"})


def grants(
    work: Work,
    wanted: GrantFilter,
    page: PageQuery,
    sort: tuple[str, bool] = ("name", False),
    *,
    count_to: int | None = COUNT_TO,
) -> Page[Any]:
    """Rows of (privilege, Microsoft tenant). Raises NotFound for a Microsoft tenant outside the actor's scope."""
    work.actor.require(READ, on=wanted.microsoft_tenant_id)
    statement: AnySelect = (
        select(PrivilegedGrant, MicrosoftTenant)
        .join(MicrosoftTenant, MicrosoftTenant.id == PrivilegedGrant.microsoft_tenant_id)
        .where(*within(work, None), *_conditions(wanted))
    )
    keys = [
        SortKey(SORTS[sort[0]], sort[1], sort[0] not in _MAY_BE_NULL),
        SortKey(PrivilegedGrant.holder_key, never_null=True),
        SortKey(PrivilegedGrant.id, never_null=True),
    ]
    return paginate(work.session, statement, page, keys, count_to=count_to)


def _conditions(wanted: GrantFilter) -> Iterator[ColumnElement[bool]]:
    grant = PrivilegedGrant
    if wanted.microsoft_tenant_id is not None:
        yield grant.microsoft_tenant_id == wanted.microsoft_tenant_id
    if wanted.text:
        yield begins_with(grant.name_key, wanted.text.casefold()[:256])
    if wanted.role:
        yield begins_with(grant.role, wanted.role)
    equal = ((grant.system, wanted.system), (grant.holder, wanted.holder), (grant.holding, wanted.holding))
    for column, value in equal:
        if value is not None:
            yield column == value
    if wanted.through is not None:
        yield grant.through_key.is_not(None) if wanted.through else grant.through_key.is_(None)
    if wanted.guest is not None:
        yield grant.is_guest == wanted.guest
    if wanted.permanent is not None:
        yield grant.is_permanent == wanted.permanent
    if wanted.mfa:
        yield grant.holder == Holder.USER
        yield _proven(wanted.mfa)


def _proven(mfa: str) -> ColumnElement[bool]:
    strength = PrivilegedGrant.strength
    if mfa == "unknown":
        return strength.is_(None)
    if mfa == "true":
        return strength != Strength.NONE.value
    return strength == (Strength.NONE.value if mfa == "false" else mfa)


def of_holder(work: Work, microsoft_tenant_id: UUID, holder_key: str) -> list[PrivilegedGrant]:
    """Everything one holder holds, Entra first."""
    grant = PrivilegedGrant
    query = select(grant).where(grant.microsoft_tenant_id == microsoft_tenant_id, grant.holder_key == holder_key)
    return sorted(work.session.scalars(query), key=lambda row: (row.system != System.ENTRA, row.role, row.scope_name))
