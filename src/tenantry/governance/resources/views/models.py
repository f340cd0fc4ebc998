"""Saved views."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked


class Place(StrEnum):
    """The lists that can be kept as a view."""

    RESOURCES = "resources"
    ORPHANS = "orphans"
    TAGGING = "tagging"
    CHANGES = "changes"


_SHARED = text("is_shared")


class SavedView(TenantOwned, Base):
    """The filters of a list under a name: its owner's own, or for everybody in the organisation."""

    __tablename__ = "saved_view"
    __table_args__ = (
        Index("uq_saved_view_own", "tenant_id", "user_id", "name_key", unique=True),
        Index(
            "uq_saved_view_shared",
            *("tenant_id", "name_key"),
            unique=True,
            sqlite_where=_SHARED,
            postgresql_where=_SHARED,
        ),
    )

    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100), info={"audit": False})
    place: Mapped[Place] = mapped_column(checked(Place))
    options: Mapped[dict[str, str]] = mapped_column(Json)
    """The filters as they stand in an address."""
    is_shared: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
