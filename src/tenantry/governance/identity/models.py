"""Projections of the Entra datasets. Every row mirrors one observed item; the observation is the evidence behind it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, tenant_foreign_key
from tenantry.observe.projections import Projected


class DirectoryUser(Projected, Base):
    """A user or guest of a Microsoft tenant."""

    __tablename__ = "directory_user"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_directory_user_name", "tenant_id", "name_key", "id"),
        Index("ix_directory_user_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_directory_user_type", "tenant_id", "microsoft_tenant_id", "user_type", "is_enabled"),
        Index("ix_directory_user_mail", "tenant_id", "mail_key"),
        Index("ix_directory_user_login", "tenant_id", "login_key"),
    )

    display_name: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(256))
    user_principal_name: Mapped[str] = mapped_column(String(400))
    mail: Mapped[str | None] = mapped_column(String(400))
    user_type: Mapped[str] = mapped_column(String(16))
    """`member` or `guest`."""
    is_enabled: Mapped[bool]
    created_on: Mapped[datetime | None] = mapped_column(UtcDateTime)
    invitation_state: Mapped[str | None] = mapped_column(String(32))
    licences: Mapped[int]
    is_synced: Mapped[bool]
    department: Mapped[str | None] = mapped_column(String(256))
    mail_key: Mapped[str | None] = mapped_column(String(400))
    login_key: Mapped[str | None] = mapped_column(String(400))
    """What somebody signs in as at home: of a guest the address in the principal name, else the name itself."""


class UserLicence(TenantOwned, Base):
    """A licence that is assigned to a user."""

    __tablename__ = "user_licence"
    __table_args__ = (
        tenant_foreign_key("user_id", "directory_user"),
        Index("ix_user_licence_user", "tenant_id", "user_id"),
        Index("ix_user_licence_sku", "tenant_id", "microsoft_tenant_id", "sku_key", "user_key"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    user_id: Mapped[UUID] = mapped_column(Uuid)
    user_key: Mapped[str] = mapped_column(String(64))
    sku_key: Mapped[str] = mapped_column(String(64))


class UserSignIn(Projected, Base):
    """When a user last signed in. No row, or no date: never, as far as Microsoft knows."""

    __tablename__ = "user_sign_in"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_user_sign_in_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_user_sign_in_last", "tenant_id", "microsoft_tenant_id", "last_sign_in_at"),
    )

    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UserRegistration(Projected, Base):
    """What a user has registered to sign in with. A user without a row is unknown, never "no MFA"."""

    __tablename__ = "user_registration"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_user_registration_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    is_mfa_capable: Mapped[bool]
    is_mfa_registered: Mapped[bool]
    is_passwordless_capable: Mapped[bool]
    is_admin: Mapped[bool]
    methods: Mapped[list[str]] = mapped_column(Json)
    strength: Mapped[str | None] = mapped_column(String(24))
    """A Strength, by the strongest method; None is not known."""


class DirectoryGroup(Projected, Base):
    """A group of a Microsoft tenant."""

    __tablename__ = "directory_group"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_directory_group_name", "tenant_id", "name_key", "id"),
        Index("ix_directory_group_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    display_name: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(256))
    kind: Mapped[str] = mapped_column(String(32))
    """`security`, `microsoft_365`, `mail_enabled_security` or `distribution`."""
    is_dynamic: Mapped[bool]
    is_role_assignable: Mapped[bool]
    visibility: Mapped[str | None] = mapped_column(String(32))
    created_on: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoleAssignmentHeld(Projected, Base):
    """A directory role somebody holds."""

    __tablename__ = "directory_role_assignment"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_directory_role_assignment_principal", "tenant_id", "microsoft_tenant_id", "principal_key"),
        Index("ix_directory_role_assignment_role", "tenant_id", "microsoft_tenant_id", "role_key"),
    )

    principal_key: Mapped[str] = mapped_column(String(64))
    role_key: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(400))


class RoleEligibility(Projected, Base):
    """A directory role somebody may activate."""

    __tablename__ = "directory_role_eligibility"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_directory_role_eligibility_principal", "tenant_id", "microsoft_tenant_id", "principal_key"),
        Index("ix_directory_role_eligibility_role", "tenant_id", "microsoft_tenant_id", "role_key"),
    )

    principal_key: Mapped[str] = mapped_column(String(64))
    role_key: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(400))
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoleInstance(Projected, Base):
    """A directory role that is held now, with its end. Microsoft tells it where roles can be activated (P2)."""

    __tablename__ = "directory_role_instance"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_directory_role_instance_principal", "tenant_id", "microsoft_tenant_id", "principal_key"),
    )

    principal_key: Mapped[str] = mapped_column(String(64))
    role_key: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(400))
    is_activated: Mapped[bool]
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DirectoryRole(Projected, Base):
    """A directory role. Privileged by Microsoft's own flag where it is sent, otherwise by the list of built-in ones."""

    __tablename__ = "directory_role"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_directory_role_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    display_name: Mapped[str] = mapped_column(String(256))
    template_key: Mapped[str] = mapped_column(String(64))
    is_privileged: Mapped[bool]


class GroupMember(Projected, Base):
    """A direct or nested member of a group that holds a directory role."""

    __tablename__ = "group_member"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_group_member_group", "tenant_id", "microsoft_tenant_id", "group_key"),
        Index("ix_group_member_member", "tenant_id", "microsoft_tenant_id", "member_key"),
    )

    group_key: Mapped[str] = mapped_column(String(64))
    member_key: Mapped[str] = mapped_column(String(64))


class GroupRoster(Projected, Base):
    """Who is in a group, nested members included. Of a large one only that it is large."""

    __tablename__ = "group_roster"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_group_roster_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    is_large: Mapped[bool]
    members: Mapped[int | None]


class GroupMembership(TenantOwned, Base):
    """A member of a group."""

    __tablename__ = "group_membership"
    __table_args__ = (
        tenant_foreign_key("roster_id", "group_roster"),
        Index("ix_group_membership_roster", "tenant_id", "roster_id"),
        Index("ix_group_membership_group", "tenant_id", "microsoft_tenant_id", "group_key"),
        Index("ix_group_membership_member", "tenant_id", "microsoft_tenant_id", "member_key", "group_key"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    roster_id: Mapped[UUID] = mapped_column(Uuid)
    group_key: Mapped[str] = mapped_column(String(64))
    member_key: Mapped[str] = mapped_column(String(64))


class GuestSponsors(Projected, Base):
    """Who answers for a guest; an empty list says that nobody does."""

    __tablename__ = "guest_sponsors"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_guest_sponsors_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    sponsors: Mapped[list[str]] = mapped_column(Json)
    sponsor_count: Mapped[int]


class AppUser(Projected, Base):
    """A person or a group that may use an application."""

    __tablename__ = "app_user"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_app_user_principal", "tenant_id", "microsoft_tenant_id", "principal_key"),
    )

    principal_key: Mapped[str] = mapped_column(String(64))
    resource_key: Mapped[str] = mapped_column(String(64))
    resource_name: Mapped[str] = mapped_column(String(256))
    role: Mapped[str | None] = mapped_column(String(256))
    """The application's own name for what one may do in it; None for "may use it"."""
    granted_on: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Application(Projected, Base):
    """An app registration and when its credentials end."""

    __tablename__ = "application"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_application_expiry", "tenant_id", "microsoft_tenant_id", "next_expiry_at"),
    )

    display_name: Mapped[str] = mapped_column(String(256))
    app_key: Mapped[str] = mapped_column(String(64))
    secrets: Mapped[int]
    certificates: Mapped[int]
    next_expiry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_on: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApplicationCredential(TenantOwned, Base):
    """A secret or a certificate of an app registration."""

    __tablename__ = "application_credential"
    __table_args__ = (
        tenant_foreign_key("application_id", "application"),
        Index("ix_application_credential_application", "tenant_id", "application_id"),
        Index("ix_application_credential_end", "tenant_id", "ends_at", "id"),
        Index("ix_application_credential_of", "tenant_id", "microsoft_tenant_id", "ends_at", "id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    application_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(16))
    """`secret` or `certificate`."""
    label: Mapped[str | None] = mapped_column(String(256))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApplicationOwners(Projected, Base):
    """Who owns an app registration; an empty list says that nobody does."""

    __tablename__ = "application_owners"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_application_owners_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    owners: Mapped[list[str]] = mapped_column(Json)
    owner_count: Mapped[int]


class ServicePrincipal(Projected, Base):
    """An application as it acts in a Microsoft tenant: an enterprise application, or a managed identity."""

    __tablename__ = "service_principal"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_service_principal_name", "tenant_id", "name_key", "id"),
        Index("ix_service_principal_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    display_name: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(256))
    app_key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    """As Microsoft says it: `Application`, `ManagedIdentity`, `Legacy`, `SocialIdp`."""
    is_enabled: Mapped[bool]
    owner_key: Mapped[str | None] = mapped_column(String(64))
    """The Microsoft tenant the application is registered in."""


class AppPermission(Projected, Base):
    """An application permission that a service principal was granted: it needs nobody to be signed in to use it."""

    __tablename__ = "app_permission"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_app_permission_principal", "tenant_id", "microsoft_tenant_id", "principal_key"),
    )

    principal_key: Mapped[str] = mapped_column(String(64))
    principal_name: Mapped[str] = mapped_column(String(256))
    resource_key: Mapped[str] = mapped_column(String(64))
    permission: Mapped[str] = mapped_column(String(400))
    """The resource and what it allows: `Microsoft Graph: User.Read.All`."""
    is_high_risk: Mapped[bool]
    granted_on: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LicenceSku(Projected, Base):
    """A subscribed licence: how many are paid for and how many are used."""

    __tablename__ = "licence_sku"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_licence_sku_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    part_number: Mapped[str] = mapped_column(String(128))
    enabled_units: Mapped[int]
    consumed_units: Mapped[int]
    status: Mapped[str] = mapped_column(String(32))
    sku_key: Mapped[str | None] = mapped_column(String(64))
    on_disabled: Mapped[int | None]
    """Seats on accounts that cannot sign in; counted after a collection, None is not known. So is `on_stale`."""
    on_stale: Mapped[int | None]


class ConditionalAccessPolicy(Projected, Base):
    """A Conditional Access policy and whether it is enforced."""

    __tablename__ = "conditional_access_policy"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_conditional_access_policy_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    display_name: Mapped[str] = mapped_column(String(256))
    state: Mapped[str] = mapped_column(String(64))
    requires_mfa: Mapped[bool]
    modified_on: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AzureRole(Projected, Base):
    """A role of Azure RBAC, built in or custom."""

    __tablename__ = "azure_role"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_azure_role_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_azure_role_key", "tenant_id", "microsoft_tenant_id", "role_key"),
    )

    role_key: Mapped[str] = mapped_column(String(64))
    display_name: Mapped[str] = mapped_column(String(256))
    is_custom: Mapped[bool]


class AzureRoleAssignment(Projected, Base):
    """Who holds which role at which scope: a management group, a subscription, a resource group or a resource."""

    __tablename__ = "azure_role_assignment"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_azure_role_assignment_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_azure_role_assignment_scope", "tenant_id", "microsoft_tenant_id", "scope_key"),
        Index("ix_azure_role_assignment_principal", "tenant_id", "microsoft_tenant_id", "principal_key"),
    )

    principal_key: Mapped[str] = mapped_column(String(64))
    principal_type: Mapped[str] = mapped_column(String(32))
    role_key: Mapped[str] = mapped_column(String(64))
    scope_key: Mapped[str] = mapped_column(String(400))
    created_on: Mapped[datetime | None] = mapped_column(UtcDateTime)
