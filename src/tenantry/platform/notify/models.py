"""Channels, and the outbox of what is sent over them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class ChannelKind(StrEnum):
    MAIL = "mail"
    TEAMS = "teams"
    WEBHOOK = "webhook"


class NotificationState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    """Given up; the error says why."""


class NotificationChannel(TenantOwned, Base):
    """Where messages of the whole organisation go: people's mailboxes, a Teams workflow, a program."""

    __tablename__ = "notification_channel"
    __table_args__ = (
        tenant_foreign_key("address_id", "stored_secret", ondelete="RESTRICT"),
        tenant_foreign_key("signing_key_id", "stored_secret", ondelete="RESTRICT"),
        UniqueConstraint("tenant_id", "name_key"),
    )

    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100), info={"audit": False})
    kind: Mapped[ChannelKind] = mapped_column(checked(ChannelKind))
    recipients: Mapped[list[str]] = mapped_column(Json)
    """Mail addresses; empty for the other kinds."""
    address_id: Mapped[UUID | None] = mapped_column(Uuid, info={"secret": True})
    """The sealed address of a workflow or webhook: it carries a signature."""
    address_hint: Mapped[str | None] = mapped_column(String(300))
    """How people recognise the address: its host and its last characters."""
    signing_key_id: Mapped[UUID | None] = mapped_column(Uuid, info={"secret": True})
    """The sealed secret that webhooks are signed with."""
    events: Mapped[list[str]] = mapped_column(Json)
    microsoft_tenant_ids: Mapped[list[str] | None] = mapped_column(Json)
    """The Microsoft tenants it is told of, and of nothing else; None means everything."""
    only_problems: Mapped[bool]
    is_enabled: Mapped[bool]
    problem: Mapped[str | None] = mapped_column(String(2000), info={"audit": False})
    """Why the last message did not arrive; None when it did."""
    problem_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"audit": False})
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"audit": False})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def covers(self, microsoft_tenant_id: UUID | None) -> bool:
        """Whether something about this Microsoft tenant, or about none in particular, may be told over it."""
        return self.microsoft_tenant_ids is None or str(microsoft_tenant_id) in self.microsoft_tenant_ids


class Notification(TenantOwned, Base):
    """One message for one channel. It outlives its channel, so that what was sent stays known."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("uq_notification_key", "tenant_id", "channel_id", "key", unique=True),
        Index("ix_notification_recent", "tenant_id", "created_at", "id"),
        Index("ix_notification_job", "tenant_id", "job_id"),
        Index("ix_notification_state", "tenant_id", "channel_id", "state"),
        Index("ix_notification_microsoft_tenant", "tenant_id", "microsoft_tenant_id"),
    )
    __audit__ = False

    channel_id: Mapped[UUID] = mapped_column(Uuid)
    channel_name: Mapped[str] = mapped_column(String(100))
    channel_kind: Mapped[ChannelKind] = mapped_column(checked(ChannelKind))
    microsoft_tenant_id: Mapped[UUID | None] = mapped_column(Uuid)
    """What it is about, if anything."""
    event: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(200))
    """Of what happened: a channel is told of it once."""
    subject: Mapped[str] = mapped_column(String(300))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    """The message, as `Message` reads it."""
    state: Mapped[NotificationState] = mapped_column(checked(NotificationState))
    job_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Of its delivery."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
