"""What the rest of a month is expected to cost, and whether budgets will do."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from tenantry.governance.costs.budgets import BudgetState, state_of, used_up_on
from tenantry.governance.costs.forecasts import expected
from tenantry.governance.costs.models import CostBudget
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.shape import Amounts

LAST = date(2026, 11, 15)
"""A Sunday."""
DAYS = [LAST - timedelta(days=55 - number) for number in range(56)]
REST = Period(date(2026, 11, 16), date(2026, 11, 30))
MICRO = 1_000_000


def history(**charges: float) -> Amounts:
    """100 on working days, 20 at weekends, and charges on days of the month."""
    on_top = {int(day.removeprefix("on_")): amount for day, amount in charges.items()}
    return np.array([(20.0 if day.weekday() >= 5 else 100.0) + on_top.get(day.day, 0.0) for day in DAYS])


def test_weekdays_are_expected_as_they_were() -> None:
    found = expected(history(), REST)
    assert found == pytest.approx([20.0 if day.weekday() >= 5 else 100.0 for day in REST.days()], rel=0.01)


def test_a_charge_of_last_month_is_expected_again() -> None:
    """On the 20th; one of the 3rd is over for this month."""
    found = dict(zip(REST.days(), expected(history(on_20=5000, on_3=700), REST), strict=True))
    assert found[date(2026, 11, 20)] == pytest.approx(5100, rel=0.01)
    assert sum(found.values()) == pytest.approx(sum(expected(history(), REST)) + 5000, rel=0.01)


def test_what_costs_nothing_is_expected_to_cost_nothing() -> None:
    assert expected(np.zeros(56), REST) == [0.0] * 15
    assert sum(expected(np.zeros(28), REST)) == 0


def test_less_than_a_week_says_nothing() -> None:
    with pytest.raises(ValueError, match="weeks"):
        expected(np.zeros(6), REST)


def budget(
    amount: float, spent: float | None, forecast: float | None, day: int = 15, grain: str = "Monthly"
) -> CostBudget:
    return CostBudget(
        name="b",
        grain=grain,
        amount=round(amount * MICRO),
        spent=None if spent is None else round(spent * MICRO),
        forecast=None if forecast is None else round(forecast * MICRO),
        fetched_at=datetime(2026, 11, day, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("given", "state", "day"),
    [
        (budget(1000, 400, 900), BudgetState.WITHIN, None),
        (budget(1000, 400, 1100), BudgetState.TIGHT, None),
        (budget(1000, 700, 1400), BudgetState.TIGHT, date(2026, 11, 21)),
        (budget(1000, 1001, 1400), BudgetState.EXCEEDED, None),
        (budget(1000, None, None), BudgetState.UNTOLD, None),
        (budget(1000, 0, None), BudgetState.WITHIN, None),
        (budget(1000, 900, 950, day=1), BudgetState.WITHIN, None),
        (budget(1000, 700, 1400, grain="Annually"), BudgetState.TIGHT, None),
    ],
    ids=["enough", "too little", "used up early", "exceeded", "not told", "nothing", "first day", "of a year"],
)
def test_whether_a_budget_will_do(given: CostBudget, state: BudgetState, day: date | None) -> None:
    assert (state_of(given), used_up_on(given)) == (state, day)
