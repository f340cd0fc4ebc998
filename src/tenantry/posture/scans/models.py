"""Scans and their verdicts. Verdicts are written once and never changed; all of it is machine-made."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked, tenant_foreign_key
from tenantry.posture.verdicts import Cause, Status


class Engine(StrEnum):
    NATIVE = "native"
    POWERSHELL = "powershell"


class AuthMethod(StrEnum):
    """What the PowerShell scripts sign in with, as document 003 orders it: the first that is there is taken."""

    CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a kind
    CERTIFICATE = "certificate"
    USERNAME_PASSWORD = "username_password"  # noqa: S105 - the name of a kind


class Change(StrEnum):
    """What became of a control since its last verdict. Compared is the last pass or fail: an error decides nothing."""

    NEW = "new"
    FIXED = "fixed"
    REGRESSED = "regressed"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


class Scan(TenantOwned, Base):
    """One scan of one Microsoft tenant. How far it is, is its job's to say."""

    __tablename__ = "scan"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_scan_recent", "tenant_id", "created_at", "id"),
        Index("ix_scan_microsoft_tenant", "tenant_id", "microsoft_tenant_id", "created_at"),
        Index("ix_scan_job", "tenant_id", "job_id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    job_id: Mapped[UUID | None] = mapped_column(Uuid)
    engine: Mapped[Engine] = mapped_column(checked(Engine))
    benchmark: Mapped[str] = mapped_column(String(40))
    options: Mapped[dict[str, Any]] = mapped_column(Json)
    reevaluates: Mapped[UUID | None] = mapped_column(Uuid)
    """The scan whose evidence was judged again; None for one that collected its own."""
    requested_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its verdicts were stored."""
    progress: Mapped[int] = mapped_column(default=0)
    """Percent."""
    current: Mapped[str | None] = mapped_column(String(200))
    """What it is doing: a dataset that is collected, a control that is judged."""
    total: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    manual: Mapped[int] = mapped_column(default=0)
    not_applicable: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(2000))
    webhook_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the secret that a progress report has to carry."""


class ScanSource(TenantOwned, Base):
    """How one dataset stood when a scan judged it: with it the same evidence is found again later."""

    __tablename__ = "scan_source"
    __table_args__ = (
        tenant_foreign_key("scan_id", "scan"),
        Index("uq_scan_source", "tenant_id", "scan_id", "dataset", unique=True),
    )
    __audit__ = False

    scan_id: Mapped[UUID] = mapped_column(Uuid)
    dataset: Mapped[str] = mapped_column(String(64))
    request: Mapped[str] = mapped_column(Text, server_default="")
    """What Microsoft was asked, as the dataset said it at the time."""
    outcome: Mapped[str] = mapped_column(String(32))
    collected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    items: Mapped[int | None]
    digest: Mapped[str | None] = mapped_column(String(64))
    missing_permission: Mapped[str | None] = mapped_column(String(200))
    problem: Mapped[str | None] = mapped_column(String(2000))


class ScanResult(TenantOwned, Base):
    """The verdict on one control in one scan."""

    __tablename__ = "scan_result"
    __table_args__ = (
        tenant_foreign_key("scan_id", "scan"),
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_scan_result", "tenant_id", "scan_id", "control", unique=True),
    )
    __audit__ = False

    scan_id: Mapped[UUID] = mapped_column(Uuid)
    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    control: Mapped[str] = mapped_column(String(100))
    number: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    """Place of its number in the benchmark."""
    level: Mapped[str] = mapped_column(String(4))
    status: Mapped[Status] = mapped_column(checked(Status))
    cause: Mapped[Cause | None] = mapped_column(checked(Cause))
    change: Mapped[Change] = mapped_column(checked(Change))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    """Since when the control has this status."""
    summary: Mapped[str] = mapped_column(String(1000))
    affected: Mapped[int]
    missing_permission: Mapped[str | None] = mapped_column(String(200))
    milliseconds: Mapped[float]
    details: Mapped[bytes] = mapped_column(LargeBinary)
    """Packed JSON: observed values, affected objects, notes for review, names of sources, inputs."""


class PostureState(TenantOwned, Base):
    """Where one control of one Microsoft tenant stands: what pages over many Microsoft tenants are made of."""

    __tablename__ = "posture_state"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_posture_state", "tenant_id", "microsoft_tenant_id", "control", unique=True),
        Index("ix_posture_state_control", "tenant_id", "control", "status"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    control: Mapped[str] = mapped_column(String(100))
    status: Mapped[Status] = mapped_column(checked(Status))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    judged: Mapped[str | None] = mapped_column(String(8))
    """The last pass or fail."""
    judged_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scan_id: Mapped[UUID] = mapped_column(Uuid)
    scanned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    summary: Mapped[str] = mapped_column(String(1000))
