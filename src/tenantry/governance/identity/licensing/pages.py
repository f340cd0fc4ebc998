"""`/identity/licences` and `/identity/prices`: what is paid for nobody, and what administrators say a seat costs."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import Form, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.identity.filters import Key, Text
from tenantry.governance.identity.frame import EXPORTS, chips, tabs, tenants
from tenantry.governance.identity.gaps import gaps
from tenantry.governance.identity.licensing.api import PART_NUMBER, PriceIn
from tenantry.governance.identity.licensing.permissions import PRICE
from tenantry.governance.identity.licensing.pricing import (
    DATASETS,
    SORTS,
    Seats,
    prices_of,
    seats_of_tenants,
    total,
)
from tenantry.governance.identity.licensing.service import MICRO, state_price, withdraw_price
from tenantry.governance.identity.permissions import READ
from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import Page, PageQuery, PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.forms import Faults, FormFaults, checked, words_of
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Ending, Row, download

pages = Pages("/identity")

_COLUMNS: Final = (
    *("Microsoft tenant", "Licence", "Paid for", "Assigned", "Unassigned", "On disabled accounts"),
    *("On stale accounts", "Price a month", "Currency", "Wasted a month"),
)
Choice = Annotated[str, Query(max_length=40)]
Typed = Annotated[str, Form(max_length=128, pattern=NO_NUL)]


class _PriceForm(PriceIn):
    part_number: str = Field(pattern=PART_NUMBER)


@pages.get("/licences", needs=READ)
def licences(
    view: View,
    request: Request,
    page: PageQueryParameter,
    tenant: Key = None,
    q: Text = "",
    sort: Choice = "licence",
    down: Choice = "",
) -> Response:
    work, options, by = view.work, dict(request.query_params), _sort(sort, down)
    choice = tenants(work)
    return view.page(
        "governance/identity/licensing/licences.html",
        rows=seats_of_tenants(work, tenant, q.strip() or None, page, by),
        total=total(work, tenant),
        current={"sort": by[0], "down": by[1], "options": options},
        tenants=choice,
        chips=chips(options, choice, {}),
        gaps=gaps(work.session, DATASETS, tenant, work.actor.scope),
        tabs=tabs(options),
        exports=EXPORTS,
    )


@pages.get("/licences/export.{ending}", needs=READ)
def export(
    view: View, ending: Ending, tenant: Key = None, q: Text = "", sort: Choice = "licence", down: Choice = ""
) -> Response:
    work = view.work
    record_now(
        work.platform.databases,
        work.actor,
        work.clock,
        "identity.exported",
        view="licences",
        format=ending.value,
        microsoft_tenant_id=tenant,
    )
    return download("licences", ending, _COLUMNS, _rows(work, tenant, q.strip() or None, _sort(sort, down)))


@pages.get("/prices", needs=READ)
def prices(view: View, licence: Text = "") -> Response:
    return _prices(view, {"part_number": licence}, Faults())


@pages.post("/prices", needs=PRICE)
def state(view: View, part_number: Typed = "", price: Typed = "", currency: Typed = "") -> Response:
    """What was typed stays in the form beside what is wrong with it."""
    given = {"part_number": part_number.strip(), "price": price.strip(), "currency": currency.strip().upper()}
    try:
        wanted = checked(_PriceForm, given, _told)
    except FormFaults as faults:
        return _prices(view, given, Faults(faults.faults))
    state_price(view.work, wanted.part_number, wanted.price, wanted.currency)
    return view.redirect("/identity/prices", f"The price of {wanted.part_number} is stated.")


@pages.post("/prices/withdraw", needs=PRICE)
def withdraw(view: View, part_number: Typed = "") -> Response:
    withdraw_price(view.work, part_number)
    return view.redirect("/identity/prices", f"{part_number} has no price any more.")


def _prices(view: View, given: dict[str, str], faults: Faults) -> Response:
    work = view.work
    stated = prices_of(work)
    found = total(work)
    return view.page(
        "governance/identity/licensing/prices.html",
        prices=[row for _, row in sorted(stated.items())],
        unpriced=found.unpriced,
        known=[one.part_number for one in found.licences],
        given={"part_number": "", "price": "", "currency": _usual(list(stated.values())), **given},
        faults=faults,
        may_state=view.may(PRICE) and work.actor.scope is None,
        tabs=tabs({}),
    )


def _usual(stated: list[Any]) -> str:
    return stated[-1].currency if stated else ""


def _told(fault: Any) -> tuple[str, str]:
    name = str(fault["loc"][0])
    words = {
        "part_number": "Microsoft's part number, such as SPE_E5.",
        "price": "An amount from 0 to 1000000, such as 54.75.",
        "currency": "Three letters, such as EUR.",
    }
    return name, words.get(name, words_of(fault))


def _rows(work: Work, tenant: Any, text: str | None, by: tuple[str, bool]) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        return seats_of_tenants(own, tenant, text, page, by, count_to=None).map(_row)

    return every_row(work, read)


def _row(row: tuple[Seats, Any]) -> Row:
    seats, tenant = row
    return (
        tenant.name,
        seats.part_number,
        seats.paid,
        seats.assigned,
        seats.free,
        seats.on_disabled,
        seats.on_stale,
        _plain(seats.micros),
        seats.currency,
        _plain(seats.wasted_micros),
    )


def _plain(micros: int | None) -> str | None:
    return None if micros is None else f"{Decimal(micros) / MICRO:f}"


def _sort(sort: str, down: str) -> tuple[str, bool]:
    return (sort if sort in SORTS else "licence", down == "1")
