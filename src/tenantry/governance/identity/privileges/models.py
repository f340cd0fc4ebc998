"""The table of privileges: made anew after each collection, so that a list of a fleet is a walk along one index."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class System(StrEnum):
    """Where a privilege holds."""

    ENTRA = "entra"
    AZURE = "azure"
    APPLICATION = "application"
    """An application permission of high risk."""


class Holding(StrEnum):
    """How a privilege is held."""

    ACTIVE = "active"
    ACTIVATED = "activated"
    """For some hours, by somebody who may (PIM)."""
    ELIGIBLE = "eligible"
    """May be activated."""


class Holder(StrEnum):
    """What holds a privilege."""

    USER = "user"
    GROUP = "group"
    SERVICE_PRINCIPAL = "service_principal"
    UNKNOWN = "unknown"
    """The id is of nothing that was collected: it was deleted, or is of another Microsoft tenant."""


class PrivilegedGrant(TenantOwned, Base):
    """One holder, one privilege, one way to it."""

    __tablename__ = "privileged_grant"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_privileged_grant_name", "tenant_id", "name_key", "holder_key", "id"),
        Index("ix_privileged_grant_of", "tenant_id", "microsoft_tenant_id", "name_key", "holder_key", "id"),
        Index("ix_privileged_grant_role", "tenant_id", "role", "name_key", "holder_key", "id"),
        Index("ix_privileged_grant_holder", "tenant_id", "microsoft_tenant_id", "holder_key"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    holder_key: Mapped[str] = mapped_column(String(64))
    holder: Mapped[Holder] = mapped_column(checked(Holder))
    holder_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Of the user's or the service principal's own row."""
    name: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(256))
    login: Mapped[str | None] = mapped_column(String(400))
    is_guest: Mapped[bool]
    is_enabled: Mapped[bool | None]
    system: Mapped[System] = mapped_column(checked(System))
    role_key: Mapped[str] = mapped_column(String(400))
    role: Mapped[str] = mapped_column(String(400))
    scope: Mapped[str] = mapped_column(String(400))
    scope_name: Mapped[str] = mapped_column(String(256))
    holding: Mapped[Holding] = mapped_column(checked(Holding))
    through_key: Mapped[str | None] = mapped_column(String(64))
    through_name: Mapped[str | None] = mapped_column(String(256))
    is_permanent: Mapped[bool | None]
    """None is not known."""
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    strength: Mapped[str | None] = mapped_column(String(24))
    """A Strength of a user's MFA; None is not known, or of no user."""
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_sign_in_known: Mapped[bool]
    """Whether sign-ins are known at all: without a moment somebody then never signed in."""
