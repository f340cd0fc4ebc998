"""Operations as they were asked for, and what came of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class OperationState(StrEnum):
    REQUESTED = "requested"
    PLANNED = "planned"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Operation(TenantOwned, Base):
    """One operation on one Microsoft tenant. The same key again is the same operation, not a second one."""

    __tablename__ = "operation"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        UniqueConstraint("tenant_id", "key"),
        Index("ix_operation_recent", "tenant_id", "created_at", "id"),
    )

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]] = mapped_column(Json)
    is_dry_run: Mapped[bool]
    state: Mapped[OperationState] = mapped_column(checked(OperationState))
    plan: Mapped[dict[str, Any] | None] = mapped_column(Json, info={"audit": False})
    result: Mapped[dict[str, Any] | None] = mapped_column(Json, info={"audit": False})
    problem: Mapped[str | None] = mapped_column(String(2000))
    requested_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
