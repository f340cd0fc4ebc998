"""Incidents of costs as programs read them: decimal texts, each with its currency."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tenantry.governance.anomalies.incidents import Level
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.anomalies.service import AnomalyState
from tenantry.governance.costs.schemas import money
from tenantry.kit.filtering import NO_NUL


class ExpectedDayOut(BaseModel):
    day: date
    expected: Decimal
    amount: Decimal


class MoverOut(BaseModel):
    """A part of it, and how much more or less than expected that cost."""

    level: Level
    name: str
    amount: Decimal


class AnomalyOut(BaseModel):
    """Days on which something cost what nobody would have expected."""

    id: UUID
    microsoft_tenant_id: UUID
    subscription_id: str
    level: Level
    name: str = Field(description="A resource group, service or resource id; empty for the subscription.")
    currency: str
    state: AnomalyState
    first_day: date
    last_day: date
    expected: Decimal
    amount: Decimal
    difference: Decimal
    days: list[ExpectedDayOut]
    movers: list[MoverOut] = Field(description="On the day furthest out of line.")
    found_at: datetime
    explained_at: datetime | None
    explained_by: str | None
    reason: str | None

    @classmethod
    def of(cls, row: CostAnomaly, state: AnomalyState) -> Self:
        days = [
            ExpectedDayOut(day=date.fromisoformat(day), expected=money(usual), amount=money(was))
            for day, (usual, was) in sorted(row.days.items())
        ]
        movers = [MoverOut(level=one["level"], name=one["name"], amount=money(one["micros"])) for one in row.movers]
        return cls(
            id=row.id,
            microsoft_tenant_id=row.microsoft_tenant_id,
            subscription_id=row.subscription_key,
            level=row.level,
            name=row.name,
            currency=row.currency,
            state=state,
            first_day=row.first_day,
            last_day=row.last_day,
            expected=money(row.expected),
            amount=money(row.actual),
            difference=money(row.actual - row.expected),
            days=days,
            movers=movers,
            found_at=row.found_at,
            explained_at=row.explained_at,
            explained_by=row.explained_by,
            reason=row.reason,
        )


class ChangeOut(BaseModel):
    """What somebody changed where the money moved."""

    model_config = ConfigDict(from_attributes=True)

    changed_at: datetime
    resource_key: str
    resource_type: str
    kind: str
    changed_by: str
    operation: str
    changes: dict[str, list[Any]]


class AnomalyDetailOut(AnomalyOut):
    changes: list[ChangeOut] = Field(description="On its first day and the one before, twenty at most.")


class AnomalyPageOut(BaseModel):
    """The newest first."""

    items: list[AnomalyOut]
    next_cursor: str | None
    total: int


class ExplainIn(BaseModel):
    """Why it cost more or less, in a sentence that a colleague understands."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000, pattern=NO_NUL)]
