"""`/costs/rates`: what currencies are worth, as an administrator states it."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Form
from pydantic import ValidationError
from starlette.responses import Response

from tenantry.governance.costs.permissions import READ
from tenantry.governance.costs.rates.permissions import STATE
from tenantry.governance.costs.rates.schemas import RateIn
from tenantry.governance.costs.rates.service import NANO, RateForAll, rates, state, withdraw
from tenantry.kit.errors import AppError
from tenantry.platform.doors import Pages, View

pages = Pages("/costs/rates")

Field = Annotated[str, Form(max_length=40)]
_BLANK: Final = {"currency": "", "into": "", "rate": ""}
_FAULTS: Final = {
    "currency": "Three letters, such as USD.",
    "into": "Three letters, such as EUR.",
    "since": "A day, such as 2026-11-01.",
    "rate": "A number above zero with at most nine decimals, such as 0.92.",
}


@pages.get("", needs=READ)
def stated(view: View) -> Response:
    return _shown(view)


@pages.post("", needs=STATE)
def state_rate(view: View, currency: Field = "", into: Field = "", since: Field = "", rate: Field = "") -> Response:
    typed = {"currency": currency, "into": into, "since": since, "rate": rate.replace(",", ".")}
    try:
        wanted = RateIn.model_validate(typed)
        state(view.work, wanted.currency, wanted.into, wanted.since, wanted.rate)
    except ValidationError as error:
        return _shown(view, typed, {str(fault["loc"][0]): _FAULTS[str(fault["loc"][0])] for fault in error.errors()})
    except AppError as error:
        return _shown(view, typed, {"into": error.detail})
    return view.redirect("/costs/rates", f"One {wanted.currency} is worth {wanted.rate} {wanted.into}.")


@pages.post("/{rate_id:uuid}/withdraw", needs=STATE)
def withdraw_rate(view: View, rate_id: UUID) -> Response:
    try:
        withdraw(view.work, rate_id)
    except RateForAll as error:
        return view.redirect("/costs/rates", error.detail)
    return view.redirect("/costs/rates", "The rate was taken back.")


def _shown(view: View, typed: dict[str, Any] | None = None, faults: dict[str, str] | None = None) -> Response:
    answer = view.page(
        "governance/costs/rates/rates.html",
        rows=rates(view.work),
        nano=NANO,
        may_state=view.may(STATE),
        typed=_BLANK | {"since": view.work.clock.now().date().isoformat()} | (typed or {}),
        faults=faults or {},
    )
    answer.status_code = 422 if faults else 200
    return answer
