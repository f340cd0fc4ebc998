"""Costs as programs read them: decimal texts, each with its currency. What is not known is null, never zero."""

from datetime import date, datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from tenantry.governance.costs.budgets import BudgetState, Outlook, state_of, used_up_on
from tenantry.governance.costs.ledger import MICRO
from tenantry.governance.costs.models import CostBudget, CostSource
from tenantry.governance.costs.queries import Amount, CostFilter, Coverage
from tenantry.microsoft.cost import CostState


def money(micros: int) -> Decimal:
    """The exact amount."""
    return Decimal(micros) / MICRO


class AmountOut(BaseModel):
    currency: str
    amount: Decimal
    before: Decimal | None = Field(description="In as many days right before; null where they were not all fetched.")
    change: float | None = Field(description="Against those days, 0.1 for a tenth more; null without a comparison.")

    @classmethod
    def of(cls, found: Amount) -> Self:
        before = None if found.before is None else money(found.before)
        change = (found.micros - found.before) / found.before if found.before else None
        return cls(currency=found.currency, amount=money(found.micros), before=before, change=change)


class CoverageOut(BaseModel):
    """How much of it is known."""

    subscriptions: dict[CostState, int]
    fetched_at: datetime | None = Field(description="The age of the oldest costs that are shown.")
    known_from: date | None = Field(description="The first day that is known of every subscription.")
    known_until: date | None = Field(description="The last one. After it, amounts are of a part.")
    never_fetched: int = Field(description="Subscriptions of which nothing is known, and which no amount includes.")

    @classmethod
    def of(cls, found: Coverage) -> Self:
        return cls(
            subscriptions=dict(found.states),
            fetched_at=found.fetched_at,
            known_from=found.known_from,
            known_until=found.known_until,
            never_fetched=found.never_fetched,
        )


class PeriodOut(BaseModel):
    first: date
    last: date

    @classmethod
    def of(cls, wanted: CostFilter) -> Self:
        return cls(first=wanted.period.first, last=wanted.period.last)


class SourceOut(BaseModel):
    """One subscription, and how its costs stand."""

    microsoft_tenant_id: UUID
    subscription_id: str
    state: CostState
    first_day: date | None
    last_day: date | None
    fetched_at: datetime | None
    attempted_at: datetime
    missing_permission: str | None
    problem: str | None

    @classmethod
    def of(cls, row: CostSource) -> Self:
        return cls(
            microsoft_tenant_id=row.microsoft_tenant_id,
            subscription_id=row.subscription_key,
            state=row.state,
            first_day=row.first_day,
            last_day=row.last_day,
            fetched_at=row.fetched_at,
            attempted_at=row.attempted_at,
            missing_permission=row.missing_permission,
            problem=row.problem,
        )


class SummaryOut(BaseModel):
    period: PeriodOut
    amounts: list[AmountOut]
    coverage: CoverageOut
    sources: list[SourceOut]


class TenantAmountOut(AmountOut):
    microsoft_tenant_id: UUID
    name: str


class NamedAmountOut(AmountOut):
    name: str


class ByTenantOut(BaseModel):
    period: PeriodOut
    items: list[TenantAmountOut]
    coverage: CoverageOut


class ByNameOut(BaseModel):
    period: PeriodOut
    items: list[NamedAmountOut]
    coverage: CoverageOut


class ResourceAmountOut(BaseModel):
    resource_id: str
    currency: str
    amount: Decimal


class ByResourceOut(BaseModel):
    period: PeriodOut
    total: int
    items: list[ResourceAmountOut]
    coverage: CoverageOut


class TagAmountOut(AmountOut):
    value: str | None = Field(description="Null for all that has no such tag or is of no resource.")


class ByTagOut(BaseModel):
    period: PeriodOut
    tag: str
    items: list[TagAmountOut]
    coverage: CoverageOut


class OutlookOut(BaseModel):
    """This month in one currency."""

    currency: str
    spent: Decimal
    to_come: Decimal | None = Field(description="Expected by what was until now; null with less than four weeks.")
    total: Decimal | None
    before: Decimal = Field(description="The whole month before.")
    without_forecast: int = Field(description="Subscriptions of too short a history, which `to_come` leaves out.")

    @classmethod
    def of(cls, found: Outlook) -> Self:
        return cls(
            currency=found.currency,
            spent=money(found.spent),
            to_come=None if found.to_come is None else money(found.to_come),
            total=None if found.to_come is None else money(found.spent + found.to_come),
            before=money(found.before),
            without_forecast=found.without,
        )


class BudgetOut(BaseModel):
    """What somebody at the customer decided may be spent. Amounts are as Azure tells them, its forecast included."""

    microsoft_tenant_id: UUID
    subscription_id: str
    name: str
    grain: str
    state: BudgetState
    currency: str | None
    amount: Decimal
    spent: Decimal | None
    forecast: Decimal | None
    used_up_on: date | None = Field(description="At the pace of this month; null if it lasts, or is no monthly budget.")
    starts: date | None
    ends: date | None
    fetched_at: datetime

    @classmethod
    def of(cls, row: CostBudget) -> Self:
        return cls(
            microsoft_tenant_id=row.microsoft_tenant_id,
            subscription_id=row.subscription_key,
            name=row.name,
            grain=row.grain,
            state=state_of(row),
            currency=row.currency,
            amount=money(row.amount),
            spent=None if row.spent is None else money(row.spent),
            forecast=None if row.forecast is None else money(row.forecast),
            used_up_on=used_up_on(row),
            starts=row.starts,
            ends=row.ends,
            fetched_at=row.fetched_at,
        )


class BudgetPageOut(BaseModel):
    """By name."""

    items: list[BudgetOut]
    next_cursor: str | None
    total: int


class DayOut(BaseModel):
    day: date
    currency: str
    amount: Decimal


class TrendOut(BaseModel):
    period: PeriodOut
    days: list[DayOut]
    coverage: CoverageOut
