"""What people decided about findings. Every change of it is audited; verdicts are never touched."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class Kind(StrEnum):
    EXCEPTED = "excepted"
    REMEDIATION_PLANNED = "remediation_planned"
    FALSE_POSITIVE = "false_positive"


class Disposition(TenantOwned, Base):
    """A decision about one control of one Microsoft tenant, or about one object of it. It ends by itself."""

    __tablename__ = "disposition"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_disposition_control", "tenant_id", "microsoft_tenant_id", "control"),
        Index("ix_disposition_expiry", "tenant_id", "ended_at", "expires_at"),
    )

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    control: Mapped[str] = mapped_column(String(100))
    object_id: Mapped[str | None] = mapped_column(String(400))
    """One affected object; None for the whole control."""
    object_name: Mapped[str | None] = mapped_column(String(400))
    kind: Mapped[Kind] = mapped_column(checked(Kind))
    reason: Mapped[str] = mapped_column(String(2000))
    approver: Mapped[str | None] = mapped_column(String(254))
    decided_by: Mapped[str] = mapped_column(String(254))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the finding returns by itself; for planned remediation the date it is planned for."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(254))
    """Who ended it early, or `expiry`."""

    @property
    def audit_label(self) -> str:
        return self.control


class Attestation(TenantOwned, Base):
    """What a person vouches for where no machine can look. After `valid_until` the control is manual again."""

    __tablename__ = "attestation"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_attestation_control", "tenant_id", "microsoft_tenant_id", "control", "attested_at"),
    )

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    control: Mapped[str] = mapped_column(String(100))
    holds: Mapped[bool]
    """Whether the control is met."""
    owner: Mapped[str] = mapped_column(String(254))
    evidence: Mapped[str] = mapped_column(String(2000))
    """What was looked at, or a link to it."""
    attested_by: Mapped[str] = mapped_column(String(254))
    attested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def audit_label(self) -> str:
        return self.control


_IS_REFERENCE: Final = text("is_reference")


class PostureSettings(TenantOwned, Base):
    """How one Microsoft tenant is judged: its benchmark version and its parameters. Without a row defaults hold."""

    __tablename__ = "posture_settings"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_posture_settings", "tenant_id", "microsoft_tenant_id", unique=True),
        Index(
            "uq_posture_settings_reference",
            "tenant_id",
            unique=True,
            sqlite_where=_IS_REFERENCE,
            postgresql_where=_IS_REFERENCE,
        ),
    )

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    benchmark: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
    is_reference: Mapped[bool] = mapped_column(default=False)
    """The golden Microsoft tenant, which others are compared with."""
