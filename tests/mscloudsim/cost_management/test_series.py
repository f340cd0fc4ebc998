"""A day's cost while it becomes known, and months of it: the same for everybody who asks at the same moment."""

from datetime import UTC, datetime
from itertools import pairwise

from mscloudsim.world.azure.changes import CHANGES
from mscloudsim.world.azure.cloud import azure_of
from mscloudsim.world.azure.costs.days import day_at
from mscloudsim.world.azure.costs.ledger import Books
from mscloudsim.world.azure.costs.offers import Offer, offer_of
from mscloudsim.world.azure.costs.series import DAY, HOUR, Shape
from mscloudsim.world.estate import Estate
from mscloudsim.world.world import World

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
TODAY = day_at(NOON)


def books(seed: int = 7, index: int = 3) -> Books:
    world = World(Estate(seed, 12, 200, NOON))
    tenant = list(world.estate.tenants.values())[index]
    azure = azure_of(world, tenant)
    return Books(world, azure, next(item for item in azure.every_subscription() if item.index == 0))


def told(of: Books, day: int, hours: float) -> int:
    """What is known of a day so many hours after it began."""
    return sum(of.totals(day, day, day * DAY + hours * HOUR).values())


def test_the_same_seed_costs_the_same_and_another_does_not() -> None:
    window = (TODAY - 90, TODAY - 60)
    assert books().totals(*window, None) == books().totals(*window, None) != books(8).totals(*window, None)


def test_a_day_arrives_in_steps_is_corrected_for_three_days_and_then_stands() -> None:
    of, day = books(), TODAY - 10
    steps = [told(of, day, hours) for hours in range(0, 120, 4)]
    assert steps[:3] == [0, 0, 0], "usage is booked eight hours later"
    assert steps[3:9] == sorted(steps[3:9])
    assert len(set(steps[9:24])) > 3, "corrections arrive"
    assert set(steps[24:]) == {sum(of.totals(day, day, None).values())}
    assert told(of, day, 20) == told(of, day, 23.9) != told(of, day, 24), "data is refreshed every four hours"


def test_months_have_weekdays_growth_and_days_of_large_charges() -> None:
    of = books(index=9)
    year = [sum(of.totals(day, day, None).values()) for day in range(TODAY - 360, TODAY - 3)]
    weekdays = [amount for number, amount in enumerate(year) if (TODAY - 360 + number + 3) % 7 < 5]
    weekends = [amount for number, amount in enumerate(year) if (TODAY - 360 + number + 3) % 7 >= 5]
    assert sorted(weekends)[len(weekends) // 2] < sorted(weekdays)[len(weekdays) // 2]
    usual = sorted(year)[len(year) // 2]
    assert max(year) > 1.2 * usual, "the first of a month"
    assert all(later < 4 * former for former, later in pairwise(year))


def test_some_meters_run_on_some_days_only() -> None:
    running = [
        [bill.amount(day) for day in range(TODAY - 200, TODAY)]
        for index in range(12)
        for bill in books(index=index).bills()
        if bill.rhythm.shape is Shape.RUNS and bill.first < TODAY - 200
    ]
    shares = [sum(not amount for amount in days) / len(days) for days in running]
    assert shares
    assert all(0.15 < share < 0.85 for share in shares)


def test_a_usual_estate_shows_every_kind_of_answer() -> None:
    world = World(Estate(7, 48, 300, NOON))
    seen = {
        offer_of(world, tenant, item)
        for tenant in world.estate.tenants.values()
        for item in azure_of(world, tenant).every_subscription()
    }
    assert seen >= {
        *(Offer.AVAILABLE, Offer.NO_USAGE, Offer.BLOCKED_BY_PARTNER, Offer.TOO_NEW, Offer.OFFER_NOT_SUPPORTED),
        *(Offer.NO_VALID_OFFER, Offer.ACCOUNT_DISABLED, Offer.SUBSCRIPTION_DISABLED, Offer.ACCESS_DENIED),
    }


def test_a_resource_costs_from_the_day_it_was_made_to_the_day_it_was_deleted() -> None:
    of = books()
    world, azure, group = of.world, of.azure, of.subscription.groups[0]
    place = {"group": group.id, "resource_type": "Microsoft.Network/virtualNetworkGateways", "name": "vgw-late"}
    usual = [sum(of.totals(day, day, None).values()) for day in range(TODAY - 2, TODAY + 30)]
    world.clock.advance(NOON - world.clock.now())
    made = CHANGES["resource_created"](world)(azure.tenant, **place)["resource"]
    world.clock.advance(10 * DAY)
    CHANGES["resource_deleted"](world)(azure.tenant, resource=made)
    later = [sum(of.totals(day, day, None).values()) for day in range(TODAY - 2, TODAY + 30)]
    assert [TODAY - 2 + index for index, (old, new) in enumerate(zip(usual, later, strict=True)) if old != new] == list(
        range(TODAY, TODAY + 11)
    )
