"""Unusual costs on order, each under a label, so that whoever detects them can be marked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from mscloudsim.world.azure.costs.bills import FOREVER, Bill
from mscloudsim.world.azure.costs.days import date_of
from mscloudsim.world.azure.costs.offers import currency_of
from mscloudsim.world.azure.costs.series import MICRO, Rhythm
from mscloudsim.world.azure.dice import dice
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World


class EventKind(StrEnum):
    """What can happen to a cost."""

    SPIKE = "spike"
    LEVEL_SHIFT = "level_shift"
    NEW_COST = "new_cost"
    DROP = "drop"
    RAMP = "ramp"


USUAL: Final = {EventKind.SPIKE: 3.0, EventKind.LEVEL_SHIFT: 2.0, EventKind.DROP: 0.2, EventKind.RAMP: 3.0}
_USUAL_DAYS: Final = {EventKind.SPIKE: 1, EventKind.RAMP: 10}


@dataclass(frozen=True, slots=True)
class CostEvent:
    """One event. Its place is a resource, or a resource group, a service or both; with none it is all of them.

    `factor` is what amounts are multiplied by; a new cost is `daily` units of the tenant's currency instead. A spike
    and a drop last `days` (a drop for ever when 0), a ramp grows for `days` and stays.
    """

    id: str
    kind: EventKind
    label: str
    subscription: str
    start: int
    days: int
    factor: float = 1.0
    daily: int = 0
    resource_group: str = ""
    service: str = ""
    resource: str = ""

    def hits(self, bill: Bill) -> bool:
        """Whether it changes a bill. A new cost changes none, it adds one."""
        if self.kind is EventKind.NEW_COST:
            return False
        if self.resource:
            return bill.resource_id == self.resource
        return self.resource_group in ("", bill.group) and self.service in ("", bill.service.lower())

    def changed(self, day: int, amount: int) -> int:
        """A day's amount with the event."""
        since = day - self.start
        if since < 0 or (self.days and self.kind in (EventKind.SPIKE, EventKind.DROP) and since >= self.days):
            return amount
        factor = self.factor
        if self.kind is EventKind.RAMP:
            factor = 1 + (self.factor - 1) * min(1.0, (since + 1) / self.days)
        return round(amount * factor)

    def bill(self, currency: str) -> Bill:
        """The bill that a new cost is."""
        seed = dice(self.id).getrandbits(64)
        last = self.start + self.days - 1 if self.days else FOREVER
        path = f"/resourcegroups/{self.resource_group}" if self.resource_group else ""
        made = f"/subscriptions/{self.subscription}{path}/providers/microsoft.cognitiveservices/accounts/new-{self.id}"
        resource_id = self.resource or made
        return Bill(
            Rhythm(seed, self.daily, noise=0.03),
            resource_id,
            self.resource_group,
            self.service or "Cognitive Services",
            self.service or "Cognitive Services",
            "Commitment Tier",
            _type_of(resource_id),
            "westeurope",
            currency,
            first=self.start,
            last=last,
        )

    def as_json(self) -> dict[str, Any]:
        shown = {name: getattr(self, name) for name in self.__slots__}
        return {**shown, "start": date_of(self.start).isoformat(), "daily": self.daily / MICRO}


@dataclass
class CostEvents:
    """The events of a tenant, in the order in which they were ordered."""

    all: list[CostEvent] = field(default_factory=list)

    def of(self, subscription: Subscription) -> list[CostEvent]:
        return [event for event in self.all if event.subscription == subscription.id]


def events_of(world: World, tenant: Tenant) -> CostEvents:
    found: CostEvents = world.state(f"cost events|{tenant.id}", CostEvents)
    return found


def new_bills(events: list[CostEvent], tenant: Tenant, group: str) -> Iterator[Bill]:
    """The new costs that belong to a group; to none, when it is empty."""
    for event in events:
        if event.kind is EventKind.NEW_COST and event.resource_group == group:
            yield event.bill(currency_of(tenant))


def usual_days(kind: EventKind) -> int:
    return _USUAL_DAYS.get(kind, 0)


def _type_of(resource_id: str) -> str:
    namespace, _, rest = resource_id.rpartition("/providers/")[2].partition("/")
    return f"{namespace}/{'/'.join(rest.split('/')[::2])}"
