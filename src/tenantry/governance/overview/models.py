"""The summary rows."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, tenant_foreign_key


class Summary(TenantOwned, Base):
    """What the fleet shows of one Microsoft tenant. None means not known, which is not zero."""

    __tablename__ = "microsoft_tenant_summary"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        UniqueConstraint("tenant_id", "microsoft_tenant_id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    collected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    members: Mapped[int | None]
    guests: Mapped[int | None]
    mfa_known: Mapped[int | None]
    """Enabled members the registration report speaks of: the denominator of MFA coverage."""
    mfa_capable: Mapped[int | None]
    privileged: Mapped[int | None]
    privileged_without_mfa: Mapped[int | None]
    stale: Mapped[int | None]
    resources: Mapped[int | None]
    orphans: Mapped[int | None]
    problems: Mapped[int]
    """Datasets whose newest attempt brought no complete data."""
