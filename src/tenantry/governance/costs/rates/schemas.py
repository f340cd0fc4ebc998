"""Rates as programs state and read them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tenantry.governance.costs.rates.models import CurrencyRate
from tenantry.governance.costs.rates.service import NANO

Currency = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{3}$")]


class RateIn(BaseModel):
    """One of `currency` is worth `rate` of `into`, from a day on."""

    model_config = ConfigDict(extra="forbid")

    currency: Currency
    into: Currency
    since: date
    rate: Annotated[Decimal, Field(gt=0, lt=1_000_000, max_digits=15, decimal_places=9)]


class RateOut(BaseModel):
    id: UUID
    currency: str
    into: str
    since: date
    rate: Decimal
    stated_by: str
    stated_at: datetime

    @classmethod
    def of(cls, row: CurrencyRate) -> Self:
        return cls(
            id=row.id,
            currency=row.currency,
            into=row.into,
            since=row.since,
            rate=(Decimal(row.nanos) / NANO).normalize(),
            stated_by=row.stated_by,
            stated_at=row.stated_at,
        )
