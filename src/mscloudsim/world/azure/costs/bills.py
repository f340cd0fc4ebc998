"""The series of a subscription: for each resource what it is billed for, and what was bought besides."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import exp
from typing import Final

from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.costs.days import day_at, day_number
from mscloudsim.world.azure.costs.offers import currency_of, in_currency, is_partners
from mscloudsim.world.azure.costs.prices import PRICES, Habit, Price
from mscloudsim.world.azure.costs.series import MICRO, Rhythm, Shape
from mscloudsim.world.azure.dice import chance, dice, guid
from mscloudsim.world.azure.inventory import resources_of
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.resource import Resource

Lifetime = tuple[int, int]
"""The first and the last day."""
FOREVER: Final = 10**6
_BEFORE: Final = -1
_NOISES: Final = (0.01, 0.03, 0.08, 0.2)
_MACHINE: Final = "microsoft.compute/virtualmachines"


@dataclass(frozen=True, slots=True)
class Bill:
    """What is billed for one meter of one resource, or one purchase. Texts are as Cost Management writes them."""

    rhythm: Rhythm
    resource_id: str
    group: str
    service: str
    category: str
    meter: str
    resource_type: str
    location: str
    currency: str
    charge: str = "Usage"
    publisher: str = "Azure"
    pricing: str = "OnDemand"
    tags: dict[str, str] = field(default_factory=dict)
    first: int = 0
    last: int = FOREVER

    def amount(self, day: int) -> int:
        """The final amount of a day, before anything unusual happened."""
        return self.rhythm.amount(day) if self.first <= day <= self.last else 0


def bills_of_group(azure: Azure, group: ResourceGroup, *, amortized: bool) -> Iterator[Bill]:
    """The bills of a group's resources, those that were made or deleted since included, for the days they existed."""
    key, told = group.id.lower(), _lifetimes(azure)
    later = (*azure.created.get(key, {}).values(), *azure.gone.get(key, {}).values())
    for resource in (*resources_of(group), *later):
        if prices := PRICES.get(resource.type.lower()):
            yield from _bills(azure, resource, prices, _lifetime(resource, told), amortized=amortized)


def purchases(azure: Azure, subscription: Subscription, *, amortized: bool) -> Iterator[Bill]:
    """What belongs to no resource group: reservations, and software of others, which is billed in dollars."""
    if is_partners(subscription):
        return
    if not amortized:
        told = _lifetimes(azure)
        for group in subscription.groups:
            for resource in resources_of(group):
                if _is_reserved(resource):
                    yield _reservation(azure, resource, _lifetime(resource, told))
    roll = dice(subscription.id, "marketplace")
    if roll.random() < 0.3:
        monthly = roll.choice((49, 120, 350, 900)) * MICRO
        seed = roll.getrandbits(64)
        shape = Shape.SPREAD if amortized else Shape.MONTHLY
        yield Bill(
            Rhythm(seed, monthly, shape),
            f"{subscription.scope}/providers/microsoft.saas/resources/{guid(subscription.id, 'saas')}",
            "",
            "SaaS",
            "SaaS",
            "Subscription fee",
            "microsoft.saas/resources",
            "Unassigned",
            "USD",
            charge="Purchase",
            publisher="Marketplace",
        )


def _bills(
    azure: Azure, resource: Resource, prices: tuple[Price, ...], lifetime: Lifetime, *, amortized: bool
) -> Iterator[Bill]:
    first, last = lifetime
    tags = azure.tags_of(resource) or {}
    currency = currency_of(azure.tenant)
    for price in prices:
        reserved = price.habit is Habit.OFFICE and _is_reserved(resource)
        if (reserved and not amortized) or (euros := price.of(resource)) <= 0:
            continue
        yield Bill(
            _rhythm(resource, price, euros * (0.62 if reserved else 1.0), currency, reserved=reserved),
            resource.id.lower(),
            resource.group.name.lower(),
            price.service,
            price.category,
            price.meter,
            resource.type.lower(),
            resource.location,
            currency,
            pricing="Reservation" if reserved else "OnDemand",
            tags=tags,
            first=first,
            last=last,
        )


def _reservation(azure: Azure, resource: Resource, lifetime: Lifetime) -> Bill:
    """The purchase of what a machine is covered by, on the first of each month."""
    price = PRICES[_MACHINE][0]
    currency = currency_of(azure.tenant)
    spread = _rhythm(resource, price, price.of(resource) * 0.62, currency, reserved=True)
    first, last = lifetime
    return Bill(
        Rhythm(spread.seed, spread.base, Shape.MONTHLY),
        f"/providers/microsoft.capacity/reservationorders/{guid(resource.id, 'reservation')}",
        "",
        price.service,
        price.category,
        "Reservation",
        "microsoft.capacity/reservationorders",
        resource.location,
        currency,
        charge="Purchase",
        pricing="Reservation",
        first=first,
        last=last,
    )


def _is_reserved(resource: Resource) -> bool:
    """Some machines of production are covered by a reservation, where nobody resells."""
    candidate = resource.type.lower() == _MACHINE and resource.group.stage == "prod"
    return candidate and not is_partners(resource.group.subscription) and chance(resource.id, "reserved") < 0.15


def _rhythm(resource: Resource, price: Price, euros: float, currency: str, *, reserved: bool) -> Rhythm:
    roll = dice(resource.id, price.meter)
    seed = roll.getrandbits(64)
    habit = price.habit
    if habit in (Habit.USAGE, Habit.JOBS):
        euros *= exp(roll.gauss(0.0, 1.0))
    if reserved or habit is Habit.MONTHLY:
        monthly = in_currency(round(euros * 30 * MICRO), currency)
        return Rhythm(seed, monthly, Shape.SPREAD if reserved else Shape.MONTHLY)
    daily = in_currency(round(euros * MICRO), currency)
    if habit is Habit.FIXED:
        return Rhythm(seed, daily, noise=roll.choice((0.0, 0.0, 0.004)))
    weekend = roll.uniform(0.2, 0.85) if roll.random() < 0.4 else 1.0
    if habit is Habit.OFFICE:
        asleep = resource.group.stage != "prod" and weekend < 1
        return Rhythm(seed, daily, weekend=weekend / 2 if asleep else 1.0, noise=0.01)
    noise = roll.choices(_NOISES, (30, 35, 25, 10))[0]
    shape = Shape.RUNS if habit is Habit.JOBS else Shape.DAILY
    return Rhythm(seed, daily, shape, weekend, noise, roll.uniform(-0.1, 0.5), roll.uniform(0, 0.1))


def _lifetime(resource: Resource, told: dict[str, Lifetime]) -> Lifetime:
    """The first and the last day of a resource: as it was generated, or as the activity log tells."""
    born = day_number(resource.created.date())
    first, last = told.get(resource.id, (born, FOREVER))
    return (born if first == _BEFORE else first), last


def _lifetimes(azure: Azure) -> dict[str, Lifetime]:
    """Of resources that were made or deleted since the simulation began."""
    found: dict[str, Lifetime] = {}
    for event in azure.events:
        if event.kind == "Create":
            found[event.resource_id] = day_at(event.at), FOREVER
        elif event.kind == "Delete":
            found[event.resource_id] = found.get(event.resource_id, (_BEFORE, 0))[0], day_at(event.at)
    return found
