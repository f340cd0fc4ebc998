"""Adding up: what every bill of a subscription comes to, day by day, as known at some moment."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from mscloudsim.world.azure.blocks import Block
from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.costs.bills import Bill, bills_of_group, purchases
from mscloudsim.world.azure.costs.events import CostEvent, events_of, new_bills
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.world import World

Amounts = Callable[[Bill], Callable[[int], int]]
"""What a bill comes to on a day."""


@dataclass(frozen=True, slots=True)
class Books:
    """The costs of one subscription, or of one of its groups, actual or amortized."""

    world: World
    azure: Azure
    subscription: Subscription
    group: ResourceGroup | None = None
    amortized: bool = False

    def blocks(self) -> Iterator[Block[Bill]]:
        """Bills by resource group, in the order of their ids; what belongs to none comes first."""
        events = self.events
        if self.group is None:
            yield "", partial(self._outside, events)
        for group in (self.group,) if self.group else self.subscription.groups:
            yield f"{group.name}/", partial(self._inside, events, group)

    def bills(self) -> Iterator[Bill]:
        for _, make in self.blocks():
            yield from make()

    @property
    def events(self) -> list[CostEvent]:
        return events_of(self.world, self.azure.tenant).of(self.subscription)

    def amounts(self, asked: float | None) -> Amounts:
        """Amounts as they are known at a moment; without one, as they will be in the end."""
        ordered = self.events

        def of(bill: Bill) -> Callable[[int], int]:
            events = [event for event in ordered if event.hits(bill)]
            told = bill.rhythm.told

            def amount(day: int) -> int:
                final = bill.amount(day)
                for event in events:
                    final = event.changed(day, final)
                return final if asked is None or not final else told(day, final, asked)

            return amount

        return of

    def totals(self, first: int, last: int, asked: float | None) -> dict[tuple[int, str], int]:
        """Millionths by day and currency."""
        amounts, found = self.amounts(asked), defaultdict[tuple[int, str], int](int)
        for bill in self.bills():
            amount = amounts(bill)
            for day in range(first, last + 1):
                if micro := amount(day):
                    found[day, bill.currency] += micro
        return dict(found)

    def of_resources(self, first: int, last: int, asked: float | None) -> dict[tuple[str, str], int]:
        """Millionths by resource, whose id is in lower case, and currency; those of no resource under an empty id."""
        amounts, found = self.amounts(asked), defaultdict[tuple[str, str], int](int)
        for bill in self.bills():
            amount = amounts(bill)
            found[bill.resource_id.lower(), bill.currency] += sum(amount(day) for day in range(first, last + 1))
        return dict(found)

    def _outside(self, events: list[CostEvent]) -> Iterator[Bill]:
        yield from purchases(self.azure, self.subscription, amortized=self.amortized)
        yield from new_bills(events, self.azure.tenant, "")

    def _inside(self, events: list[CostEvent], group: ResourceGroup) -> Iterator[Bill]:
        yield from bills_of_group(self.azure, group, amortized=self.amortized)
        yield from new_bills(events, self.azure.tenant, group.name.lower())
