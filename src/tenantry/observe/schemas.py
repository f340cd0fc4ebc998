"""Schedules as they come in and go out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tenantry.observe.models import Outcome
from tenantry.observe.schedules import LONGEST, SHORTEST

Hours = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]


class DatasetOut(BaseModel):
    """A dataset of one Microsoft tenant: how it stands, and when it comes again."""

    name: str
    title: str
    every_hours: int
    is_default: bool
    next_at: datetime | None
    outcome: Outcome | None
    """Of the newest attempt; None before the first."""
    complete_at: datetime | None
    items: int | None
    missing_permission: str | None
    problem: str | None


class DatasetsOut(BaseModel):
    """Every dataset that applies to a Microsoft tenant, collected or not."""

    microsoft_tenant_id: UUID
    items: list[DatasetOut]


class ScheduleIn(BaseModel):
    """Hours per dataset name; null takes the default again."""

    model_config = ConfigDict(extra="forbid")

    hours: Annotated[dict[str, Hours | None], Field(min_length=1, max_length=500)]
