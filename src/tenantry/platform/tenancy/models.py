"""The tenant table. It is global: a tenant does not belong to a tenant."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, UtcDateTime, checked


class TenantStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class Tenant(Base):
    """The platform's isolation unit."""

    __tablename__ = "tenant"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[TenantStatus] = mapped_column(checked(TenantStatus), default=TenantStatus.ACTIVE)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
