"""Which days are asked for again, and how rows become amounts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from tenantry.governance.costs.ledger import Key, Sums
from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.queries import CostFilter, Coverage, this_month
from tenantry.governance.costs.tasks import period_due
from tenantry.microsoft.cost import CostRow, CostState

DAY = date(2026, 11, 20)


def source(last_day: date | None) -> CostSource:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    return CostSource(
        microsoft_tenant_id=uuid4(), subscription_key="s", state=CostState.STALE, last_day=last_day, attempted_at=now
    )


@pytest.mark.parametrize(
    ("known", "today", "expected"),
    [
        (None, date(2026, 11, 27), (date(2026, 8, 1), date(2026, 11, 26))),
        (date(2026, 11, 25), date(2026, 11, 27), (date(2026, 11, 19), date(2026, 11, 26))),
        (date(2026, 11, 26), date(2026, 11, 27), (date(2026, 11, 20), date(2026, 11, 26))),
        (date(2026, 9, 30), date(2026, 11, 27), (date(2026, 9, 24), date(2026, 11, 26))),
        (date(2026, 11, 30), date(2026, 12, 1), (date(2026, 11, 1), date(2026, 11, 30))),
        (date(2026, 12, 4), date(2026, 12, 5), (date(2026, 11, 1), date(2026, 12, 4))),
        (date(2026, 12, 5), date(2026, 12, 6), (date(2026, 11, 29), date(2026, 12, 5))),
        (date(2026, 12, 31), date(2027, 1, 2), (date(2026, 12, 1), date(2027, 1, 1))),
    ],
    ids=["never", "yesterday", "today", "a gap", "first of a month", "fifth", "sixth", "new year"],
)
def test_days_that_may_have_changed_are_asked_for(known: date | None, today: date, expected: tuple[date, date]) -> None:
    assert period_due(source(known), today) == Period(*expected)


def test_nothing_known_is_asked_from_the_beginning() -> None:
    assert period_due(None, date(2026, 11, 27)) == Period(date(2026, 8, 1), date(2026, 11, 26))


def row(amount: str, group: str = "Web", service: str = "Storage", currency: str = "EUR") -> CostRow:
    return CostRow(Decimal(amount), currency, DAY, {"ResourceGroupName": group, "ServiceName": service})


def entries(rows: list[CostRow]) -> Mapping[Key, int]:
    return Sums.of(rows, []).entries


def test_rows_add_up_exactly_by_day_group_service_and_currency() -> None:
    rows = [row("0.1"), row("0.2", "WEB"), row("1", currency="USD"), row("5", group=""), row("-0.3", "web")]
    assert entries(rows) == {(DAY, "web", "Storage", "USD"): 1_000_000, (DAY, "", "Storage", "EUR"): 5_000_000}


def test_sums_are_rounded_and_not_rows() -> None:
    """A resource that costs a third of a millionth a day is nothing, and a million of them are not."""
    assert entries([row("0.0000003333")] * 1_000_000) == {(DAY, "web", "Storage", "EUR"): 333_300}


def test_a_row_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="day"):
        entries([CostRow(Decimal(1), "EUR")])


def test_what_came_before_is_as_long() -> None:
    wanted = CostFilter(Period(date(2026, 11, 1), date(2026, 11, 26)))
    assert wanted.before == Period(date(2026, 10, 6), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("first", "last", "covered"),
    [(1, 20, True), (5, 5, True), (0, 5, False), (5, 21, False), (21, 21, False)],
    ids=["all of it", "a day", "before", "beyond", "after"],
)
def test_only_days_that_are_known_of_every_subscription_are_covered(first: int, last: int, *, covered: bool) -> None:
    """A day without an amount after the last that was fetched is not a zero."""
    begin = date(2026, 10, 31)
    known = Coverage({}, None, begin + timedelta(days=1), begin + timedelta(days=20), 0)
    assert known.covers(begin + timedelta(days=first), begin + timedelta(days=last)) is covered
    assert not Coverage({}, None, None, None, 0).covers(begin, begin)


def test_on_the_first_the_month_before_is_meant() -> None:
    assert this_month(date(2026, 12, 1)) == Period(date(2026, 11, 1), date(2026, 11, 30))
    assert this_month(date(2026, 12, 2)) == Period(date(2026, 12, 1), date(2026, 12, 1))
