"""`/api/v1/identity/licences` and `/api/v1/identity/licence-prices`."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, Field

from tenantry.governance.identity.coverage import coverage
from tenantry.governance.identity.filters import Key, Text
from tenantry.governance.identity.licensing.models import LicencePrice
from tenantry.governance.identity.licensing.permissions import PRICE
from tenantry.governance.identity.licensing.pricing import DATASETS, Seats, Waste, prices_of, seats_of_tenants, total
from tenantry.governance.identity.licensing.service import MICRO, PriceForAll, state_price, withdraw_price
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.schemas import CoverageOut, PageOut
from tenantry.kit.errors import BadRequest, Conflict, InvalidInput, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/identity", "identity")

PART_NUMBER = r"^[A-Za-z0-9_().+ -]{1,128}$"
PartNumber = Annotated[str, Path(pattern=PART_NUMBER, description="Microsoft's part number, such as `SPE_E5`.")]


class PriceIn(BaseModel):
    """What a seat costs a month."""

    price: Decimal = Field(ge=0, le=1_000_000, decimal_places=6, examples=["54.75"])
    currency: str = Field(pattern="^[A-Z]{3}$", examples=["EUR"])


class PriceOut(PriceIn):
    part_number: str
    stated_by: str
    stated_at: datetime

    @classmethod
    def of(cls, row: LicencePrice) -> Self:
        return cls(
            part_number=row.part_number,
            price=Decimal(row.micros) / MICRO,
            currency=row.currency,
            stated_by=row.stated_by,
            stated_at=row.stated_at,
        )


class PricesOut(BaseModel):
    items: list[PriceOut]


class SeatsOut(BaseModel):
    """A licence and its seats that serve nobody."""

    part_number: str
    paid: int
    assigned: int
    unassigned: int
    on_disabled: int | None = Field(description="On accounts that cannot sign in.")
    on_stale: int | None = Field(description="On accounts without a sign-in for 90 days; null where none is known.")
    price: Decimal | None = Field(description="Of a seat and month; null is not stated, and no zero.")
    currency: str | None
    wasted_seats: int = Field(description="Of what is known.")
    wasted_a_month: Decimal | None = Field(description="Null without a price.")
    is_free_of_charge: bool

    @staticmethod
    def values(seats: Seats) -> dict[str, Any]:
        return {
            "part_number": seats.part_number,
            "paid": seats.paid,
            "assigned": seats.assigned,
            "unassigned": seats.free,
            "on_disabled": seats.on_disabled,
            "on_stale": seats.on_stale,
            "price": _amount(seats.micros),
            "currency": seats.currency,
            "wasted_seats": seats.wasted,
            "wasted_a_month": _amount(seats.wasted_micros),
            "is_free_of_charge": seats.is_free,
        }


class TenantSeatsOut(SeatsOut):
    microsoft_tenant_id: UUID
    microsoft_tenant: str


class TenantSeatsPageOut(PageOut):
    items: list[TenantSeatsOut]


class WasteOut(BaseModel):
    """A month's waste in one currency."""

    currency: str
    unassigned: Decimal
    on_disabled: Decimal
    on_stale: Decimal
    total: Decimal

    @classmethod
    def of(cls, waste: Waste) -> Self:
        parts = {"unassigned": waste.free, "on_disabled": waste.on_disabled, "on_stale": waste.on_stale}
        amounts = {name: Decimal(micros) / MICRO for name, micros in parts.items()}
        return cls(currency=waste.currency, total=Decimal(waste.micros) / MICRO, **amounts)


class WasteTotalOut(BaseModel):
    """Never added up over two currencies. What has no price is in no amount, and named."""

    amounts: list[WasteOut]
    without_price: list[str] = Field(description="Licences with wasted seats and no stated price.")
    licences: list[SeatsOut]
    coverage: list[CoverageOut]


@api.get("/licences", needs=READ, response_model=TenantSeatsPageOut, errors=[BadRequest, NotFound])
def list_licences(work: Work, page: PageQueryParameter, tenant: Key = None, q: Text = "") -> TenantSeatsPageOut:
    """Licences of each Microsoft tenant, with their wasted seats and what those cost."""
    found = seats_of_tenants(work, tenant, q.strip() or None, page)
    items = [
        TenantSeatsOut(**SeatsOut.values(seats), microsoft_tenant_id=row.id, microsoft_tenant=row.name)
        for seats, row in found.items
    ]
    return TenantSeatsPageOut(items=items, **PageOut.of(found, coverage(work, DATASETS, tenant)))


@api.get("/licences/waste", needs=READ, response_model=WasteTotalOut, errors=[NotFound])
def waste(work: Work, tenant: Key = None) -> WasteTotalOut:
    """What wasted seats cost a month, and each licence once, the largest waste first."""
    found = total(work, tenant)
    return WasteTotalOut(
        amounts=[WasteOut.of(one) for one in found.amounts],
        without_price=[one.part_number for one in found.unpriced],
        licences=[SeatsOut(**SeatsOut.values(one)) for one in found.licences],
        coverage=CoverageOut.every(coverage(work, DATASETS, tenant)),
    )


@api.get("/licence-prices", needs=READ, response_model=PricesOut)
def list_prices(work: Work) -> PricesOut:
    """What is stated, by part number."""
    return PricesOut(items=[PriceOut.of(row) for _, row in sorted(prices_of(work).items())])


@api.put(
    "/licence-prices/{part_number}",
    needs=PRICE,
    response_model=PriceOut,
    errors=[InvalidInput, Conflict, PriceForAll],
)
def put_price(work: Work, part_number: PartNumber, wanted: PriceIn) -> PriceOut:
    """States what a seat costs a month, for all Microsoft tenants of the organisation."""
    return PriceOut.of(state_price(work, part_number, wanted.price, wanted.currency))


@api.delete("/licence-prices/{part_number}", needs=PRICE, status_code=204, errors=[NotFound, PriceForAll])
def delete_price(work: Work, part_number: PartNumber) -> None:
    """Takes a price back: the licence has none then."""
    withdraw_price(work, part_number)


def _amount(micros: int | None) -> Decimal | None:
    return None if micros is None else Decimal(micros) / MICRO
