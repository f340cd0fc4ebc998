"""What the control API can do to costs and ask of them: events, offers, and the exact totals."""

from collections.abc import Callable
from datetime import date
from math import exp
from typing import Any, Final

from mscloudsim.world.azure.changes import Change
from mscloudsim.world.azure.cloud import Azure, azure_of
from mscloudsim.world.azure.costs.bills import Bill
from mscloudsim.world.azure.costs.days import date_of, day_at, day_number
from mscloudsim.world.azure.costs.events import USUAL, CostEvent, EventKind, events_of, usual_days
from mscloudsim.world.azure.costs.ledger import Books
from mscloudsim.world.azure.costs.offers import Offer, currency_of, offer_of, settings_of
from mscloudsim.world.azure.costs.series import MICRO, Shape
from mscloudsim.world.azure.dice import dice, guid
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.azure.resource import Json
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

Report = Callable[[dict[str, str]], Any]
_MOST_DAYS: Final = 1200
_PLACES: Final[tuple[Callable[[Bill], dict[str, str]], ...]] = (
    lambda _bill: {},
    lambda bill: {"resource_group": bill.group},
    lambda bill: {"service": bill.service},
    lambda bill: {"resource": bill.resource_id},
)
_FACTORS: Final = {
    EventKind.SPIKE: (1.4, 6.0),
    EventKind.LEVEL_SHIFT: (1.3, 4.0),
    EventKind.DROP: (0.0, 0.4),
    EventKind.RAMP: (1.1, 3.0),
}
"""What scattered events multiply by, from and to."""


def _ordered(world: World) -> Change:
    def change(
        tenant: Tenant,
        *,
        event: str,
        subscription: str,
        start: str = "",
        days: int | None = None,
        factor: float | None = None,
        daily: float = 0.0,
        label: str = "",
        resource_group: str = "",
        service: str = "",
        resource: str = "",
    ) -> Json:
        """Lets a cost behave unusually from a day on, today when none is named."""
        kind, found = EventKind(event), _subscription(azure_of(world, tenant), subscription)
        if kind is EventKind.NEW_COST and daily <= 0:
            raise ValueError("a new cost needs daily, units of the tenant's currency above 0")
        events = events_of(world, tenant)
        made = CostEvent(
            guid(found.id, "cost event", len(events.all), event)[:8],
            kind,
            label or event,
            found.id,
            day_number(date.fromisoformat(start)) if start else day_at(world.clock.now()),
            max(0, int(usual_days(kind) if days is None else days)) or usual_days(kind),
            float(USUAL.get(kind, 1.0) if factor is None else factor),
            round(daily * MICRO),
            _group_of(found, resource_group, resource),
            service if kind is EventKind.NEW_COST else service.lower(),
            resource.lower(),
        )
        _require_somebody(world, tenant, found, made)
        events.all.append(made)
        return made.as_json()

    return change


def _scattered(world: World) -> Change:
    order = _ordered(world)

    def change(tenant: Tenant, *, count: int, start: str, end: str, seed: int = 0) -> Json:
        """Orders so many events at random over a tenant's subscriptions and days, the same for the same seed."""
        azure, made = azure_of(world, tenant), list[Json]()
        readable = [item for item in azure.every_subscription() if offer_of(world, tenant, item) is Offer.AVAILABLE]
        first, last = (day_number(date.fromisoformat(text)) for text in (start, end))
        roll = dice(tenant.id, "scattered", seed)
        for index in range(count):
            chosen, kind = roll.choice(readable), roll.choice(list(EventKind))
            bills = list(Books(world, azure, chosen).bills())
            usual = [bill for bill in bills if bill.group and bill.rhythm.shape is Shape.DAILY and bill.last > last]
            place = roll.choice(_PLACES)(roll.choice(usual))
            day = date_of(roll.randint(first, last)).isoformat()
            size = {"daily": round(exp(roll.gauss(3.2, 1.2)), 2)} if kind is EventKind.NEW_COST else {}
            size |= {"factor": round(roll.uniform(*_FACTORS[kind]), 2)} if kind in _FACTORS else {}
            label = f"{kind.value} {index + 1}"
            made.append(order(tenant, event=kind, subscription=chosen.id, start=day, label=label, **place, **size))
        return {"events": made}

    return change


def _ended(world: World) -> Change:
    def change(tenant: Tenant, *, id: str = "") -> Json:  # noqa: A002 - the name of the field in the API
        """Takes an event back as if it had never been ordered, or all of a tenant's."""
        events = events_of(world, tenant)
        kept = [event for event in events.all if id and event.id != id]
        ended, events.all = len(events.all) - len(kept), kept
        return {"ended": ended}

    return change


def _offered(world: World) -> Change:
    def change(tenant: Tenant, *, subscription: str, offer: str) -> Json:
        """Decides what Cost Management says about a subscription."""
        found = _subscription(azure_of(world, tenant), subscription)
        settings_of(world, tenant).offers[found.id] = Offer(offer)
        return {"subscription": found.id, "offer": offer}

    return change


def _grouped(world: World) -> Change:
    def change(tenant: Tenant, *, most: int) -> Json:
        """How many groupings a query may have: five were seen to work, two are documented."""
        settings_of(world, tenant).most_groupings = int(most)
        return {"most": most}

    return change


COST_CHANGES: Final[dict[str, Callable[[World], Change]]] = {
    "cost_event_ordered": _ordered,
    "cost_events_scattered": _scattered,
    "cost_event_ended": _ended,
    "cost_offer_changed": _offered,
    "cost_groupings_limited": _grouped,
}


def _listed(world: World) -> Report:
    def report(query: dict[str, str]) -> list[Json]:
        """Every event that was ordered, with its label; of one tenant, or of all."""
        tenants = [_tenant(world, query["tenant"])] if "tenant" in query else world.estate.tenants.values()
        return [{"tenant": each.id, **event.as_json()} for each in tenants for event in events_of(world, each).all]

    return report


def _ledger(world: World) -> Report:
    def report(query: dict[str, str]) -> Json:
        """Exact totals: `?tenant=&from=&to=`, `&subscription=`, `&type=AmortizedCost`, `&group=`."""
        tenant = _tenant(world, query["tenant"])
        azure, amortized = azure_of(world, tenant), query.get("type") == "AmortizedCost"
        first, last = (day_number(date.fromisoformat(query[name])) for name in ("from", "to"))
        if last - first > _MOST_DAYS:
            raise ValueError(f"a ledger covers {_MOST_DAYS} days at most")
        chosen = [_subscription(azure, query["subscription"])] if "subscription" in query else _all(azure)
        rows = [
            row
            for item in chosen
            for row in _rows(Books(world, azure, item, item.group(query.get("group", "")), amortized), first, last)
        ]
        return {"unit": "millionths", "currency": currency_of(tenant), "rows": rows}

    return report


def _resources(world: World) -> Report:
    def report(query: dict[str, str]) -> Json:
        """What each resource comes to as told now: `?tenant=&from=&to=`, `&type=AmortizedCost`."""
        tenant = _tenant(world, query["tenant"])
        azure, amortized = azure_of(world, tenant), query.get("type") == "AmortizedCost"
        first, last = (day_number(date.fromisoformat(query[name])) for name in ("from", "to"))
        chosen = [item for item in _all(azure) if offer_of(world, tenant, item) is Offer.AVAILABLE]
        rows = [
            {"resource": resource, "currency": currency, "told": micro}
            for item in chosen
            for (resource, currency), micro in Books(world, azure, item, None, amortized)
            .of_resources(first, last, world.clock.now())
            .items()
        ]
        return {"unit": "millionths", "rows": rows}

    return report


COST_REPORTS: Final[dict[str, Callable[[World], Report]]] = {
    "costs/events": _listed,
    "costs/ledger": _ledger,
    "costs/resources": _resources,
}


def _rows(books: Books, first: int, last: int) -> list[Json]:
    """What is told now, and what it will have been in the end; nothing for an offer that says nothing."""
    tenant, item = books.azure.tenant, books.subscription
    if offer_of(books.world, tenant, item) is not Offer.AVAILABLE:
        return []
    told, final = books.totals(first, last, books.world.clock.now()), books.totals(first, last, None)
    return [
        {
            "subscription": item.id,
            "day": date_of(day).isoformat(),
            "currency": currency,
            "told": told.get((day, currency), 0),
            "final": micro,
        }
        for (day, currency), micro in sorted(final.items())
    ]


def _all(azure: Azure) -> tuple[Subscription, ...]:
    return azure.every_subscription()


def _subscription(azure: Azure, key: str) -> Subscription:
    wanted = key.lower().removeprefix("/subscriptions/")
    found = next((item for item in azure.every_subscription() if item.id == wanted), None)
    if found is None:
        raise ValueError(f"there is no subscription {key}")
    return found


def _group_of(subscription: Subscription, name: str, resource: str) -> str:
    """The group of the place of an event, in lower case. Raises ValueError for one that does not exist."""
    parts = resource.split("/")
    wanted = name or (parts[4] if len(parts) > 4 else "")
    if wanted and subscription.group(wanted) is None:
        raise ValueError(f"there is no resource group {wanted} in {subscription.id}")
    return wanted.lower()


def _require_somebody(world: World, tenant: Tenant, subscription: Subscription, event: CostEvent) -> None:
    """Raises ValueError for an event that would change nothing: most likely its place is misspelt."""
    if event.kind is EventKind.NEW_COST:
        return
    books = Books(world, azure_of(world, tenant), subscription)
    amounts, days = books.amounts(None), range(event.start, event.start + 31)
    hit = (amounts(bill) for bill in books.bills() if event.hits(bill))
    if not any(amount(day) for amount in hit for day in days):
        raise ValueError("nothing is billed there, so nothing would change")


def _tenant(world: World, name: str) -> Tenant:
    found = world.estate.find(name)
    if found is None:
        raise ValueError(f"there is no tenant {name}")
    return found
