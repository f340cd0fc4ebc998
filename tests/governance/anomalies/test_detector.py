"""Which days of a bill are called out of line, and which would only be a false alarm."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.governance.anomalies.detector import WINDOW, judge_day
from tenantry.governance.costs.shape import Amounts

DAYS = np.arange(WINDOW + 1)


def steady(level: float = 100) -> Amounts:
    """A bill that moves by one percent, the last element of which is today."""
    return np.asarray(level * (1 + 0.01 * np.sin(DAYS * 2.4)))


def weekend() -> Amounts:
    """Five working days for 100, and two days for 20, of which today is one."""
    return np.asarray(np.where((WINDOW - DAYS) % 7 < 2, 0.2, 1) * steady())


def with_today(amounts: Amounts, today: float) -> Amounts:
    return np.asarray(np.append(amounts[:-1], today))


def monthly() -> Amounts:
    """A licence of 300 that is charged every 28 days, and today."""
    return np.asarray(steady() + np.where((WINDOW - DAYS) % 28 == 0, 300, 0))


def now_and_then(today: float) -> Amounts:
    return with_today(np.where(DAYS % 2 == 0, 0.0, 90.0 + DAYS % 5), today)


def judged(amounts: Amounts, days: int = WINDOW) -> bool:
    return bool(judge_day(amounts[None, -days - 1 : -1], amounts[-1:]).is_out_of_line[0])


OUT_OF_LINE: dict[str, Amounts] = {
    "twice as much": with_today(steady(), 200),
    "half as much": with_today(steady(), 50),
    "a third more": with_today(steady(), 133),
    "from nothing": with_today(np.zeros(WINDOW + 1), 40),
    "a weekend that costs more than any working day": with_today(weekend(), 150),
    "a working day that costs what a weekend does": with_today(np.roll(weekend(), 2), 5),
    "a record of a series that is on now and then": now_and_then(900),
    "a monthly charge that doubles": with_today(monthly(), 900),
}
IN_LINE: dict[str, Amounts] = {
    "as ever": steady(),
    "ten percent more": with_today(steady(), 110),
    "twice of next to nothing": with_today(steady(2), 4),
    "nothing, as ever": np.zeros(WINDOW + 1),
    "a weekend": weekend(),
    "a working day": np.roll(weekend(), 2),
    "a monthly charge": monthly(),
    "on again": now_and_then(94),
    "growth of two percent a week": 100 * 1.02 ** (DAYS / 7),
}


@pytest.mark.parametrize("name", OUT_OF_LINE)
def test_a_day_is_out_of_line(name: str) -> None:
    assert judged(OUT_OF_LINE[name])


@pytest.mark.parametrize("name", IN_LINE)
def test_a_day_is_in_line(name: str) -> None:
    assert not judged(IN_LINE[name])


@pytest.mark.parametrize("days", [28, 35, 49])
def test_four_weeks_are_enough_to_begin_with(days: int) -> None:
    assert judged(with_today(steady(), 200), days)
    assert not judged(steady(), days)


@pytest.mark.parametrize("days", [0, 7, 21, 30, 63])
def test_another_history_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="whole weeks"):
        judge_day(np.ones((1, days)), np.ones(1))


series = st.lists(st.floats(0, 1e6), min_size=WINDOW + 1, max_size=WINDOW + 1).map(np.array)


@given(st.lists(series, min_size=2, max_size=5))
def test_each_series_is_judged_by_itself(bills: list[Amounts]) -> None:
    together = np.array(bills)
    found = judge_day(together[:, :-1], together[:, -1]).is_out_of_line.tolist()
    assert found == [judged(bill) for bill in bills]


@given(series, st.floats(0, 1e6))
def test_what_was_paid_on_three_days_before_is_no_surprise(bill: Amounts, amount: float) -> None:
    bill[:3] = amount
    assert not judged(with_today(bill, amount))


@pytest.mark.parametrize(("make", "expected"), [(steady, 100), (weekend, 20)])
def test_what_is_expected_is_told(make: Callable[[], Amounts], expected: float) -> None:
    told = judge_day(make()[None, :-1], np.array([1000.0]))
    assert told.expected[0] == pytest.approx(expected, rel=0.05)
    assert told.deviations[0] > 0
