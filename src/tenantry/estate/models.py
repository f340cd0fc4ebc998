"""Microsoft tenants, what they are reached with, and what is known about the connection."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class Access(StrEnum):
    """How a Microsoft tenant is reached."""

    APP_REGISTRATION = "app_registration"
    LIGHTHOUSE = "lighthouse"
    """Azure only, through the managing Microsoft tenant; Entra and Microsoft 365 always need an app."""


class Lifecycle(StrEnum):
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    PAUSED = "paused"
    OFFBOARDED = "offboarded"


class Step(StrEnum):
    """The onboarding step that comes next."""

    CREDENTIALS = "credentials"
    TOKEN = "token"  # noqa: S105 - the name of a step
    PERMISSIONS = "permissions"
    FIRST_COLLECTION = "first_collection"
    DONE = "done"


class Connection(StrEnum):
    """The result of the last time Microsoft was asked."""

    UNTESTED = "untested"
    WORKING = "working"
    LIMITED = "limited"
    """Works, but permissions are missing."""
    BROKEN = "broken"


class CredentialKind(StrEnum):
    CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a kind
    CERTIFICATE = "certificate"
    MANAGED_IDENTITY = "managed_identity"
    FEDERATED = "federated"


class ExpirySource(StrEnum):
    """Who says when a credential ends."""

    GIVEN = "given"
    CERTIFICATE = "certificate"
    APPLICATION = "application"
    """The app registration, read from Microsoft."""


class MicrosoftTenant(TenantOwned, Base):
    """A customer's Microsoft Entra tenant. `entra_tenant_id` is Microsoft's id, `id` is ours."""

    __tablename__ = "microsoft_tenant"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entra_tenant_id"),
        tenant_foreign_key("managing_id", "microsoft_tenant", ondelete=None, name="fk_microsoft_tenant_managing_id"),
        Index(None, "tenant_id", "name_key", "id"),
    )

    entra_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(256), info={"audit": False})
    default_domain: Mapped[str | None] = mapped_column(String(256))
    country: Mapped[str | None] = mapped_column(String(8))
    cloud: Mapped[str] = mapped_column(String(16))
    access: Mapped[Access] = mapped_column(checked(Access))
    managing_id: Mapped[UUID | None] = mapped_column(Uuid)
    lifecycle: Mapped[Lifecycle] = mapped_column(checked(Lifecycle))
    step: Mapped[Step] = mapped_column(checked(Step))
    connection: Mapped[Connection] = mapped_column(checked(Connection))
    tested_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"audit": False})
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_message: Mapped[str | None] = mapped_column(String(2000))
    granted_permissions: Mapped[list[str]] = mapped_column(Json)
    missing_permissions: Mapped[list[str]] = mapped_column(Json)
    description: Mapped[str | None] = mapped_column(String(2000))
    """What people noted about it."""
    notes: Mapped[dict[str, Any]] = mapped_column(Json)
    """Facts the connection test found out: verified domains, licence level, delegated subscriptions."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offboarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Credential(TenantOwned, Base):
    """What a Microsoft tenant is reached with. The value is a reference, or sealed in `stored_secret`; never shown."""

    __tablename__ = "credential"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        tenant_foreign_key("stored_secret_id", "stored_secret", ondelete="RESTRICT"),
        UniqueConstraint("tenant_id", "microsoft_tenant_id"),
    )

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[CredentialKind] = mapped_column(checked(CredentialKind))
    client_id: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str | None] = mapped_column(String(500))
    """`env:NAME`, `file:/path` or `keyvault:https://…`; None when the value is stored or not needed."""
    stored_secret_id: Mapped[UUID | None] = mapped_column(Uuid, info={"secret": True})
    hint: Mapped[str | None] = mapped_column(String(120))
    """How people recognise it: the last characters of a secret, the thumbprint of a certificate."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expiry_source: Mapped[str | None] = mapped_column(String(16))
    """An ExpirySource: who says when it ends."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
