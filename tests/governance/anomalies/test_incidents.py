"""What is said of a day that is out of line: as little as explains the money, and where it is."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.governance.anomalies.detector import Limits
from tenantry.governance.anomalies.incidents import Book, Cost, Finding, Level, ResourceCost, Series
from tenantry.governance.costs.period import Period

FIRST = date(2026, 9, 1)
KNOWN = Period(FIRST, FIRST + timedelta(days=60))
TODAY = KNOWN.last
VMS, DISKS = ("shop", "Virtual Machines"), ("shop", "Storage")
SQL, BACKUP, SUPPORT = ("data", "Azure SQL"), ("data", "Storage"), ("", "Support")
USUAL = {VMS: 400.0, DISKS: 40.0, SQL: 900.0, BACKUP: 30.0, SUPPORT: 15.0}
Amounts = Mapping[tuple[str, str], float]


def resource_key(group: str, service: str) -> str:
    name = service.lower().replace(" ", "")
    return f"/subscriptions/s/resourcegroups/{group}/providers/microsoft.made/up/{name}"


def book(today: Amounts) -> Book:
    """Two months as ever, with a percent of noise, and a last day that is not."""
    costs, resources = [], []
    for number, day in enumerate(KNOWN.days()):
        for place, usual in USUAL.items():
            amount = usual * (1 + 0.01 * np.sin(number * 2.4))
            amount = today.get(place, amount) if day == TODAY else amount
            costs.append(Cost(day, *place, amount))
            if place[0]:
                resources.append(ResourceCost(day, resource_key(*place), amount))
    return Book(KNOWN, costs, resources)


def found(today: Amounts) -> list[Finding]:
    return list(book(today).findings(Period(TODAY, TODAY), Limits()))


SUBSCRIPTION = Series(Level.SUBSCRIPTION, "")


def groups(*names: str) -> list[Series]:
    return [Series(Level.GROUP, name) for name in names]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ({}, []),
        ({SQL: 1800}, [SUBSCRIPTION]),
        ({DISKS: 90}, [Series(Level.SERVICE, "Storage")]),
        ({VMS: 520}, groups("shop")),
        ({SUPPORT: 45}, groups("")),
        ({VMS: 520, SQL: 650}, groups("data", "shop")),
        ({DISKS: 70, BACKUP: 5}, [Series(Level.RESOURCE, resource_key(*place)) for place in (BACKUP, DISKS)]),
    ],
    ids=["as ever", "nearly all of it", "a service", "a group", "in no group", "up and down", "in two groups"],
)
def test_as_little_is_said_as_explains_the_money(today: Amounts, expected: list[Series]) -> None:
    assert sorted((one.series for one in found(today)), key=lambda one: one.name) == expected


def test_what_moved_the_money_is_named_from_the_widest_to_the_narrowest() -> None:
    (one,) = found({SQL: 1800})
    assert one.expected == pytest.approx(1385, rel=0.03)
    assert one.gap == pytest.approx(900, rel=0.05)
    assert [(part.level, part.name) for part in one.movers] == [
        (Level.GROUP, "data"),
        (Level.SERVICE, "Azure SQL"),
        (Level.RESOURCE, resource_key(*SQL)),
    ]
    assert all(part.gap == pytest.approx(900, rel=0.05) for part in one.movers)


def test_four_weeks_have_to_be_known() -> None:
    young = Period(FIRST, FIRST + timedelta(days=27))
    assert list(book({}).findings(young, Limits())) == []
    assert book({}).figures(SUBSCRIPTION, young.last) == (0.0, 0.0)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(USUAL)), st.floats(0, 5000), max_size=5))
def test_nothing_is_said_twice(today: Amounts) -> None:
    """Whatever happens: of two findings of a day in one direction neither is within the other."""
    findings = found(today)
    for one in findings:
        assert abs(one.gap) >= Limits().amount
        for other in findings:
            if one is not other and (one.gap > 0) == (other.gap > 0):
                assert not one.series.contains(other.series)
