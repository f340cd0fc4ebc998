"""Jobs, schedules and workers. A job row is the outbox and the record people see, in one."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Uuid, select, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, TenantSession, UtcDateTime, checked


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)
_OPEN = text("subject_id IS NOT NULL AND state IN ('queued', 'running')")


class Job(TenantOwned, Base):
    """One piece of background work. At most one open job per kind and subject."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "uq_job_open",
            "tenant_id",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_job_recent", "tenant_id", "created_at", "id"),
        Index("ix_job_subject", "tenant_id", "subject_id", "created_at"),
        Index("ix_job_state", "tenant_id", "state", "not_before"),
    )
    __audit__ = False

    kind: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The Microsoft tenant it works on, if any."""
    arguments: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[JobState] = mapped_column(checked(JobState))
    requested_by: Mapped[str] = mapped_column(String(254))
    request_id: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(default=1)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    relayed: Mapped[bool] = mapped_column(default=False)
    """Whether this attempt was handed to the engine. Handing over twice is harmless."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(String(300))
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(2000))
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @classmethod
    def locked(cls, session: TenantSession, job_id: UUID) -> "Job | None":
        """The row as it is now, locked until the transaction ends. SQLite has one writer at a time anyway."""
        return session.scalars(select(cls).where(cls.id == job_id).with_for_update()).one_or_none()

    @property
    def engine_id(self) -> str:
        """Names this attempt in the engine, so that handing it over again changes nothing."""
        return f"{self.id}.{self.attempt}"


class Schedule(TenantOwned, Base):
    """A job that comes again. `next_due_at` moves atomically, so several nodes never start it twice."""

    __tablename__ = "schedule"
    __table_args__ = (
        Index("uq_schedule", "tenant_id", "kind", "subject_id", "name", unique=True),
        Index("ix_schedule_due", "tenant_id", "next_due_at"),
    )
    __audit__ = False

    kind: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[UUID | None] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(String(64))
    arguments: Mapped[dict[str, Any]] = mapped_column(Json)
    every_seconds: Mapped[int]
    next_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_enabled: Mapped[bool] = mapped_column(default=True)


class Worker(Base):
    """A process that runs jobs. One that was not seen for a while is dead, and its jobs are taken over."""

    __tablename__ = "worker"
    __audit__ = False

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
