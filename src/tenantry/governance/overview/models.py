"""The summary rows."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, tenant_foreign_key


class Licence(StrEnum):
    """The best Entra ID plan among the subscribed licences: it decides what Microsoft lets anybody read."""

    FREE = "free"
    P1 = "p1"
    P2 = "p2"


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
    licence: Mapped[str | None] = mapped_column(String(16))
    """A Licence; None while the licences are not known."""
    problems: Mapped[int]
    """Datasets that should have come and did not, and subscriptions out of sight. Not licensed is no fault."""
    without_access: Mapped[int] = mapped_column(default=0, server_default="0")
    not_licensed: Mapped[int] = mapped_column(default=0, server_default="0")
    unfinished: Mapped[int] = mapped_column(default=0, server_default="0")
    lost_subscriptions: Mapped[int] = mapped_column(default=0, server_default="0")
    states: Mapped[dict[str, str] | None] = mapped_column(Json)
    """Per figure the worst newest outcome of the datasets it is made of: why a figure is missing, or old."""
