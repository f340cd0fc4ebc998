"""`GET {scope}/providers/Microsoft.Consumption/budgets`: what may be, is and will be spent.

Newer versions find the same under `Microsoft.CostManagement`.
"""

from datetime import date
from typing import Final

from mscloudsim.arm.call import Call, Item
from mscloudsim.arm.costs.forecasts import outlook_of
from mscloudsim.arm.costs.limits import charge_budgets
from mscloudsim.arm.costs.places import books_of
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.costs.days import date_of, day_at, day_number, month_end, month_start
from mscloudsim.world.azure.costs.ledger import Books
from mscloudsim.world.azure.costs.offers import Offer, currency_of
from mscloudsim.world.azure.costs.series import MICRO
from mscloudsim.world.azure.dice import chance, pick, short

_WITH_BUDGET: Final = 0.7
_TIGHTNESS: Final = (0.8, 1.0, 1.2, 1.5)
"""What is allowed, as a share of what was usual: some budgets are exceeded every month."""
_SET_UP: Final = day_number(date(2026, 1, 1))
_REFERENCE: Final = day_number(date(2026, 9, 1)), day_number(date(2026, 9, 30))
"""The month by which amounts were once decided."""


def budgets(call: Call) -> Reply:
    charge_budgets(call)
    books, offer = books_of(call)
    return call.page(iter([] if offer is Offer.NO_USAGE else _budgets(call, books)))


def budget(call: Call) -> Reply:
    charge_budgets(call)
    books, _ = books_of(call)
    name = call.arguments[-1]
    found = next((item for item in _budgets(call, books) if item["name"].lower() == name.lower()), None)
    if found is None:
        raise ArmRefusal(404, "404", f"Budget with name '{name[:60]}' does not exist.")
    return Reply.json(found)


def _budgets(call: Call, books: Books) -> list[Item]:
    """One a month over the whole scope, where somebody set it up."""
    if chance(_scope(books), "budget") >= _WITH_BUDGET:
        return []
    now = call.world.clock.now()
    today, currency = day_at(now), currency_of(books.azure.tenant)
    outlook = outlook_of(books, today, now)
    first, last = month_start(today), month_end(today)
    spent = sum(micro for (_, unit), micro in books.totals(first, today, now).items() if unit == currency)
    to_come = sum(outlook.on(day).get(currency, 0) for day in range(today + 1, last + 1))
    settled = sum(micro for (_, unit), micro in books.totals(*_REFERENCE, None).items() if unit == currency)
    amount = max(10, round(settled / MICRO * pick(_TIGHTNESS, _scope(books), "tightness"), -1))
    provider = "CostManagement" if "/microsoft.costmanagement/" in call.request.path.lower() else "Consumption"
    return [_shown(books, f"Microsoft.{provider}/budgets", currency, amount, spent, spent + to_come)]


def _shown(books: Books, kind: str, currency: str, amount: float, spent: int, forecast: int) -> Item:
    scope, domain = _scope(books), books.azure.tenant.domain
    name = f"monthly-{short(scope, 'budget')}"
    return {
        "id": f"{scope.lstrip('/')}/providers/{kind}/{name}",
        "name": name,
        "type": kind,
        "eTag": f'"{short(scope, amount)}"',
        "properties": {
            "category": "Cost",
            "amount": amount,
            "timeGrain": "Monthly",
            "timePeriod": {"startDate": f"{date_of(_SET_UP)}T00:00:00Z", "endDate": "2031-12-31T00:00:00Z"},
            "currentSpend": {"amount": spent / MICRO, "unit": currency},
            "forecastSpend": {"amount": forecast / MICRO, "unit": currency},
            "notifications": {
                "Actual_GreaterThan_80_Percent": {
                    "enabled": True,
                    "operator": "GreaterThan",
                    "threshold": 80.0,
                    "contactEmails": [f"finance@{domain}"],
                    "contactRoles": ["Owner"],
                    "contactGroups": [],
                    "thresholdType": "Actual",
                }
            },
        },
    }


def _scope(books: Books) -> str:
    return books.group.id if books.group is not None else books.subscription.scope
