"""Syncs as programs ask for them and read how they stand."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tenantry.governance.sync.kinds import TITLES, SyncType
from tenantry.governance.sync.service import Began, Order, Standing
from tenantry.platform.job_board.api import JobOut


class SyncIn(BaseModel):
    """Which Microsoft tenants; all that are active without them."""

    model_config = ConfigDict(extra="forbid")

    microsoft_tenant_ids: Annotated[list[UUID] | None, Field(min_length=1, max_length=1000)] = None


class OrderOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    microsoft_tenant_id: UUID
    outcome: Began = Field(validation_alias="began")
    job_id: UUID | None = Field(description="The job that fetches it. One that runs already may fetch other things.")


class SyncOut(BaseModel):
    type: SyncType
    started: int
    items: list[OrderOut]

    @classmethod
    def of(cls, kind: SyncType, orders: list[Order]) -> Self:
        started = sum(order.began is Began.STARTED for order in orders)
        return cls(type=kind, started=started, items=[OrderOut.model_validate(order) for order in orders])


class IntervalIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    microsoft_tenant_id: UUID
    hours: Annotated[int | None, Field(ge=1, le=24, description="Null takes the defaults again.")]


class StandingOut(BaseModel):
    type: SyncType
    title: str
    states: dict[str, int] = Field(description="How the last collections of its datasets, or of costs, ended.")
    oldest: datetime | None = Field(description="When the oldest of what is known was collected.")
    never: int = Field(description="Datasets, or subscriptions, of which nothing was ever completely known.")

    @classmethod
    def of(cls, found: Standing) -> Self:
        return cls(
            type=found.kind,
            title=TITLES[found.kind],
            states=dict(found.states),
            oldest=found.oldest,
            never=found.never,
        )


class StatusOut(BaseModel):
    """How each kind of sync stands, and a page of their jobs, the newest first."""

    types: list[StandingOut]
    jobs: list[JobOut]
    next_cursor: str | None
    total: int
