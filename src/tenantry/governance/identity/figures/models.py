"""What is counted of one Microsoft tenant: as it stands, and on each day. None means not known, which is not zero."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Index, Uuid
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, tenant_foreign_key


class Counted(TenantOwned):
    """The figures. Those of MFA are of members who can sign in."""

    __audit__ = False

    @declared_attr
    def microsoft_tenant_id(cls) -> Mapped[UUID]:  # noqa: N805 - SQLAlchemy passes the class
        return mapped_column(Uuid)

    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    users: Mapped[int | None]
    """Members and guests."""
    guests: Mapped[int | None]
    pending_guests: Mapped[int | None]
    """Guests who never accepted."""
    mfa_known: Mapped[int | None]
    """Of whom the registration report speaks: what the shares of MFA are out of."""
    mfa_capable: Mapped[int | None]
    phishing_resistant: Mapped[int | None]
    strong: Mapped[int | None]
    weak: Mapped[int | None]
    without_mfa: Mapped[int | None]
    mfa_unknown: Mapped[int | None]
    """Of whom it does not speak, or who can use MFA by a method that is not known here."""
    privileged: Mapped[int | None]
    """Accounts of people with a privilege in Entra or in Azure, each counted once."""
    privileged_entra: Mapped[int | None]
    privileged_azure: Mapped[int | None]
    privileged_guests: Mapped[int | None]
    privileged_without_mfa: Mapped[int | None]
    privileged_apps: Mapped[int | None]
    """Service principals with a privileged role, or with an application permission of high risk."""
    stale: Mapped[int | None]
    stale_guests: Mapped[int | None]
    credentials_expired: Mapped[int | None]
    credentials_ending: Mapped[int | None]
    """Within thirty days."""
    free_seats: Mapped[int | None]
    """Licences that are paid for and assigned to nobody."""
    seats_on_disabled: Mapped[int | None]
    seats_on_stale: Mapped[int | None]


class IdentityFigures(Counted, Base):
    """As a Microsoft tenant stands: one row each, so that sums over a fleet cost a row each."""

    __tablename__ = "identity_figures"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_identity_figures", "tenant_id", "microsoft_tenant_id", unique=True),
    )

    since: Mapped[date] = mapped_column(Date)
    """The day of the first snapshot: a day from then on that has none is a gap."""


class IdentitySnapshot(Counted, Base):
    """As it stood on a day: only what was collected on that day is in it, and the rest is a gap."""

    __tablename__ = "identity_snapshot"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_identity_snapshot", "tenant_id", "microsoft_tenant_id", "day", unique=True),
        Index("ix_identity_snapshot_day", "tenant_id", "day", "microsoft_tenant_id"),
    )

    day: Mapped[date] = mapped_column(Date)


FIGURES = tuple(
    column.name
    for column in Base.metadata.tables[IdentityFigures.__tablename__].columns
    if column.name not in ("id", "tenant_id", "microsoft_tenant_id", "counted_at", "since")
)
"""The names of what is counted."""
