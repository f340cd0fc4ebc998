"""The other lists of a directory: groups, applications, licences, Conditional Access policies, principals with roles.

Each is declared once; page, filters, sorting and export come from the declaration.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, case, func, select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.identity.models import (
    Application,
    AppPermission,
    ConditionalAccessPolicy,
    DirectoryGroup,
    DirectoryRole,
    DirectoryUser,
    RoleAssignmentHeld,
    ServicePrincipal,
)
from tenantry.kit.db import TenantSession
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.observe.models import DatasetState
from tenantry.web.downloads import Value

_MICROSOFT_TENANT: Final = "microsoft_tenant"


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in a column: `kind` says how it is shown (text, number, moment, flag, state)."""

    key: str
    label: str
    read: Callable[[Any], Value]
    kind: str = "text"
    sort: Any = None
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class DirectoryList:
    """One list. `begins` is the column the text filter looks into."""

    name: str
    title: str
    lead: str
    model: Any
    datasets: Sequence[str]
    begins: Any
    columns: Sequence[Column]
    first: str
    statement: AnySelect | None = None
    detail: str | None = None
    """Where a row's own page is, before its id."""
    is_first_descending: bool = False

    def rows(
        self,
        session: TenantSession,
        wanted: "ListFilter",
        page: PageQuery,
        sort: tuple[str, bool],
        *,
        count_to: int | None = COUNT_TO,
    ) -> Page[Any]:
        """A page of (row, Microsoft tenant, and what the list's own statement adds)."""
        statement = (
            self.statement
            if self.statement is not None
            else select(self.model, MicrosoftTenant).select_from(self.model)
        )
        statement = statement.join(MicrosoftTenant, MicrosoftTenant.id == self.model.microsoft_tenant_id)
        statement = statement.where(MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED)
        if wanted.microsoft_tenant_id is not None:
            statement = statement.where(self.model.microsoft_tenant_id == wanted.microsoft_tenant_id)
        if wanted.scope is not None:
            statement = statement.where(self.model.microsoft_tenant_id.in_(wanted.scope))
        if wanted.text:
            text = wanted.text.casefold() if self.begins.key == "name_key" else wanted.text
            statement = statement.where(begins_with(self.begins, text[:256]))
        by = next(column for column in self.sorts if column.key == sort[0])
        keys = [SortKey(by.sort, sort[1], not by.is_nullable), SortKey(self.model.id, never_null=True)]
        return paginate(session, statement, page, keys, count_to=count_to)

    @property
    def sorts(self) -> list[Column]:
        return [column for column in (*self.columns, TENANT) if column.sort is not None]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which rows; None means any."""

    microsoft_tenant_id: UUID | None = None
    text: str | None = None
    scope: frozenset[UUID] | None = None


TENANT: Final = Column(_MICROSOFT_TENANT, "Microsoft tenant", lambda row: row[1].name, sort=MicrosoftTenant.name_key)


def _of(key: str, label: str, kind: str = "text", *, sort: Any = None, is_nullable: bool = False) -> Column:
    return Column(key, label, lambda row: getattr(row[0], key), kind, sort, is_nullable)


def _principals() -> AnySelect:
    """Who holds a privileged role and is no user: groups and service principals, by name where they are known."""
    held = RoleAssignmentHeld
    here = held.microsoft_tenant_id
    user = select(DirectoryUser.id).where(
        DirectoryUser.microsoft_tenant_id == here, DirectoryUser.item_key == held.principal_key
    )
    role = and_(
        DirectoryRole.microsoft_tenant_id == here, DirectoryRole.item_key == held.role_key, DirectoryRole.is_privileged
    )
    group = and_(DirectoryGroup.microsoft_tenant_id == here, DirectoryGroup.item_key == held.principal_key)
    app = and_(ServicePrincipal.microsoft_tenant_id == here, ServicePrincipal.item_key == held.principal_key)
    return (
        select(
            *(held, MicrosoftTenant),
            *(DirectoryRole.display_name, DirectoryGroup.display_name, ServicePrincipal.display_name),
        )
        .select_from(held)
        .join(DirectoryRole, role)
        .outerjoin(DirectoryGroup, group)
        .outerjoin(ServicePrincipal, app)
        .where(~user.exists())
    )


def _service_principals() -> AnySelect:
    """With how many permissions each was granted; None where that is not known."""
    known = (
        select(DatasetState.id)
        .where(
            DatasetState.microsoft_tenant_id == ServicePrincipal.microsoft_tenant_id,
            DatasetState.dataset == "entra.app_role_assignments",
            DatasetState.complete_at.is_not(None),
        )
        .exists()
    )

    def granted(*conditions: Any) -> Any:
        count = select(func.count(AppPermission.id)).where(
            AppPermission.microsoft_tenant_id == ServicePrincipal.microsoft_tenant_id,
            AppPermission.principal_key == ServicePrincipal.item_key,
            *conditions,
        )
        return case((known, count.scalar_subquery()))

    risky = granted(AppPermission.is_high_risk).label("risky")
    return select(ServicePrincipal, MicrosoftTenant, granted().label("granted"), risky).select_from(ServicePrincipal)


LISTS: Final = {
    item.name: item
    for item in (
        DirectoryList(
            "principals",
            "Apps and groups",
            "Service principals and groups that hold a privileged role. Members of the groups are under Privileged.",
            RoleAssignmentHeld,
            (
                *("entra.role_assignments", "entra.role_definitions", "entra.users", "entra.groups"),
                "entra.service_principals",
            ),
            RoleAssignmentHeld.principal_key,
            (
                Column(
                    "name",
                    "Principal",
                    lambda row: row[3] or row[4] or row[0].principal_key,
                    sort=RoleAssignmentHeld.principal_key,
                ),
                Column("kind", "Kind", lambda row: "group" if row[3] else "service principal"),
                Column("role", "Role", lambda row: row[2], sort=DirectoryRole.display_name),
                _of("scope", "Scope", sort=RoleAssignmentHeld.scope),
            ),
            "name",
            _principals(),
        ),
        DirectoryList(
            "groups",
            "Groups",
            "Security groups, Microsoft 365 groups and distribution lists.",
            DirectoryGroup,
            ("entra.groups",),
            DirectoryGroup.name_key,
            (
                _of("display_name", "Name", sort=DirectoryGroup.name_key),
                _of("kind", "Kind", "words", sort=DirectoryGroup.kind),
                _of("is_dynamic", "Dynamic", "flag"),
                _of("is_role_assignable", "Can hold roles", "flag", sort=DirectoryGroup.is_role_assignable),
                _of("visibility", "Visibility"),
                _of("created_on", "Created", "moment", sort=DirectoryGroup.created_on, is_nullable=True),
            ),
            "display_name",
        ),
        DirectoryList(
            "applications",
            "Applications",
            "App registrations, and when the next of their credentials ends.",
            Application,
            ("entra.applications",),
            Application.display_name,
            (
                _of("display_name", "Name", sort=Application.display_name),
                _of("app_key", "Application (client) id", "code"),
                _of("secrets", "Secrets", "number", sort=Application.secrets),
                _of("certificates", "Certificates", "number", sort=Application.certificates),
                _of("next_expiry_at", "Next credential ends", "end", sort=Application.next_expiry_at, is_nullable=True),
                _of("created_on", "Created", "moment", sort=Application.created_on, is_nullable=True),
            ),
            "next_expiry_at",
        ),
        DirectoryList(
            "service-principals",
            "Enterprise apps",
            "Applications as they act in a Microsoft tenant, and what they may do there without anybody signed in.",
            ServicePrincipal,
            ("entra.service_principals", "entra.app_role_assignments"),
            ServicePrincipal.name_key,
            (
                _of("display_name", "Name", sort=ServicePrincipal.name_key),
                Column("granted", "Permissions", lambda row: row[2], "number"),
                Column("risky", "High risk", lambda row: row[3], "risks"),
                _of("kind", "Kind", sort=ServicePrincipal.kind),
                _of("is_enabled", "Can sign in", "flag", sort=ServicePrincipal.is_enabled),
                _of("app_key", "Application (client) id", "code"),
            ),
            "display_name",
            _service_principals(),
            "/identity/service-principals/",
        ),
        DirectoryList(
            "app-permissions",
            "App permissions",
            "Application permissions that were granted, those of high risk first.",
            AppPermission,
            ("entra.app_role_assignments",),
            AppPermission.permission,
            (
                _of("permission", "Permission", sort=AppPermission.permission),
                _of("principal_name", "Granted to", sort=AppPermission.principal_name),
                _of("is_high_risk", "High risk", "risk", sort=AppPermission.is_high_risk),
                _of("granted_on", "Granted", "moment", sort=AppPermission.granted_on, is_nullable=True),
            ),
            "is_high_risk",
            is_first_descending=True,
        ),
        DirectoryList(
            "policies",
            "Conditional Access",
            "Conditional Access policies, and whether they are enforced.",
            ConditionalAccessPolicy,
            ("entra.conditional_access_policies",),
            ConditionalAccessPolicy.display_name,
            (
                _of("display_name", "Policy", sort=ConditionalAccessPolicy.display_name),
                _of("state", "State", "policy", sort=ConditionalAccessPolicy.state),
                _of("requires_mfa", "Requires MFA", "flag", sort=ConditionalAccessPolicy.requires_mfa),
                _of("modified_on", "Modified", "moment", sort=ConditionalAccessPolicy.modified_on, is_nullable=True),
            ),
            "display_name",
        ),
    )
}
