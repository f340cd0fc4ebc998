"""Wrapped data keys and the secrets they seal."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class KeyPurpose(StrEnum):
    SECRETS = "secrets"
    AUDIT = "audit"


class DataKey(TenantOwned, Base):
    """One tenant's key for one purpose. The newest seals, all of them open."""

    __tablename__ = "data_key"
    __table_args__ = (Index(None, "tenant_id", "purpose", "created_at"),)

    purpose: Mapped[KeyPurpose] = mapped_column(checked(KeyPurpose))
    master_key_id: Mapped[str] = mapped_column(String(32))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary(80), info={"secret": True})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoredSecret(TenantOwned, Base):
    """A customer's secret, sealed with its own id as context so that it cannot be moved to another row."""

    __tablename__ = "stored_secret"
    __table_args__ = (tenant_foreign_key("data_key_id", "data_key", ondelete="RESTRICT"),)

    data_key_id: Mapped[UUID] = mapped_column(Uuid)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"secret": True})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
