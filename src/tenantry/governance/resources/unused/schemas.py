"""What is unused, as programs read it. What is not known is null, never zero."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from tenantry.governance.resources.unused.models import SpanEnd

Amount = Annotated[int | None, PlainSerializer(lambda micros: None if micros is None else micros / 1_000_000)]


class UnusedOut(BaseModel):
    """Something unused, since when, why, and for how much."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    resource_id: UUID | None = Field(description="Ours; null for what is no resource, such as a resource group.")
    azure_id: str = Field(validation_alias="item_key")
    name: str
    type: str = Field(validation_alias="resource_type")
    resource_group: str
    subscription_id: str = Field(validation_alias="subscription_key")
    location: str
    sku: str | None
    reason: str
    is_idle: bool = Field(description="Used by something, but doing nothing; else nothing uses it.")
    first_seen: datetime = Field(description="When a collection first found it so.")
    ended_at: datetime | None
    ending: SpanEnd | None = Field(description="Why it is unused no more.")
    currency: str | None
    monthly_cost: Amount = Field(
        validation_alias="monthly_micros", description="In the last thirty days; null where the cost is not known."
    )
    accrued_cost: Amount = Field(validation_alias="accrued_micros", description="Since it was first seen.")
    is_estimated: bool = Field(description="By list prices, for want of costs.")
    cost_from: date | None
    cost_until: date | None = Field(description="The days that the accrued cost is of.")


class UnusedMoneyOut(BaseModel):
    """What is unused costs, in one currency. Estimates stand apart."""

    model_config = ConfigDict(from_attributes=True)

    currency: str
    is_estimated: bool
    resources: int
    monthly_cost: Amount = Field(validation_alias="monthly_micros")
    accrued_cost: Amount = Field(validation_alias="accrued_micros")


class UnusedSumsOut(BaseModel):
    """Over all that is unused in the Microsoft tenants asked for, whatever else is filtered by."""

    model_config = ConfigDict(from_attributes=True)

    resources: int
    cost_not_known: int = Field(validation_alias="unknown")
    money: list[UnusedMoneyOut]
    reasons: dict[str, int]


class ReasonOut(BaseModel):
    """A reason, in words and as it is checked."""

    key: str
    sentence: str
    condition: str
    is_billed: bool
    is_idle: bool


class UnusedPageOut(BaseModel):
    """A page of what is unused, the dearest first. With `total_is_more` there are more than `total`."""

    items: list[UnusedOut]
    next_cursor: str | None
    total: int | None
    total_is_more: bool
    sums: UnusedSumsOut
