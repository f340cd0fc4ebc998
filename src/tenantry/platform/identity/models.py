"""Users are global (one person, many tenants); memberships tie them to tenants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, MemberOwned, UtcDateTime


class User(Base):
    """A person. Deactivated, never deleted, so that the audit trail keeps its subject."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    """The address in lower case, stored: a functional index could not be used under row-level security."""
    display_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200), info={"secret": True})
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_super_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"audit": False})


class Membership(MemberOwned, Base):
    """A user's place in a tenant."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)

    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInBrake(Base):
    """Attempts of one account, address or known device. Releases by time, survives rolled-back requests."""

    __tablename__ = "sign_in_brake"
    __audit__ = False

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    attempts: Mapped[int]
    counted_since: Mapped[datetime] = mapped_column(UtcDateTime)


class KnownDevice(Base):
    """A browser that has signed in to an account. Only its cookie's hash is stored; one may stand for several."""

    __tablename__ = "known_device"
    __table_args__ = (Index(None, "user_id"),)
    __audit__ = False

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, info={"secret": True})
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    signed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
