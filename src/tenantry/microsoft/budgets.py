"""Who may send, and when: callers wait for their budgets by priority, then owner by owner, in the order they came."""

import asyncio
import contextlib
import heapq
import itertools
import time
from dataclasses import dataclass, field
from typing import Final

from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import BudgetStore, Charge, MemoryStore, Priority

_RECHECK_SECONDS: Final = 0.25
"""How soon a newly arrived, more urgent caller or a corrected budget is noticed."""


@dataclass(order=True, slots=True)
class _Waiter:
    priority: Priority
    round: int
    number: int
    charge: Charge = field(compare=False)
    patience: float = field(compare=False)
    turn: asyncio.Future[None] = field(compare=False)


@dataclass(slots=True)
class _Lane:
    """The callers that wait for one budget, and the task that serves them."""

    waiting: list[_Waiter] = field(default_factory=list)
    pump: asyncio.Task[None] | None = None
    round: int = 0
    rounds: dict[str, int] = field(default_factory=dict)
    """The round in which each owner's last caller has its turn."""

    def round_of(self, owner: str) -> int:
        """The round of a new caller: one in each for every owner, the first of them now."""
        self.rounds[owner] = found = max(self.round, self.rounds.get(owner, 0) + 1)
        return found


class Budgets:
    """Hands out permission to send. A paused budget lets nobody through before its time."""

    def __init__(self, store: BudgetStore | None = None) -> None:
        self.store = store or MemoryStore()
        self._lanes: dict[str, _Lane] = {}
        self._order = itertools.count()

    async def acquire(self, charges: tuple[Charge, ...], priority: Priority, patience: float) -> float:
        """Returns once every charge is taken, with the seconds it took.

        Raises UpstreamError(THROTTLED) at once when a wait longer than `patience` seconds is known.
        """
        waited = 0.0
        for charge in charges:
            waited += await self._acquire(charge, priority, patience)
        if waited and len(charges) > 1:
            waited += await self.wait_out(charges)  # one may have been paused while we waited for another
        return waited

    async def wait_out(self, charges: tuple[Charge, ...]) -> float:
        """Waits until none of these budgets is paused; returns the seconds it took."""
        waited = 0.0
        while (pause := await self.paused(charges)) > 0:
            await asyncio.sleep(pause)
            waited += pause
        return waited

    async def paused(self, charges: tuple[Charge, ...]) -> float:
        """The seconds until the last of these budgets' pauses ends."""
        return max([await self.store.paused(charge.key) for charge in charges], default=0.0)

    async def pause(self, key: str, seconds: float) -> None:
        """Obeys a Retry-After for everybody who shares the budget."""
        await self.store.pause(key, seconds)

    def waiting(self, key: str) -> int:
        """How many callers wait for this budget."""
        lane = self._lanes.get(key)
        return len(lane.waiting) if lane else 0

    async def close(self) -> None:
        """Ends the serving tasks; who still waits is cancelled."""
        pumps = [lane.pump for lane in self._lanes.values() if lane.pump is not None]
        for pump in pumps:
            pump.cancel()
        for pump in pumps:
            with contextlib.suppress(asyncio.CancelledError):
                await pump

    async def _acquire(self, charge: Charge, priority: Priority, patience: float) -> float:
        # Those who came earlier are served first, so a free bucket is taken at once only when nobody waits.
        if charge.key not in self._lanes:
            wait = await self.store.take(charge)
            if wait == 0.0:
                return 0.0
            if wait > patience:
                raise _too_long(charge, wait)
        started = time.monotonic()
        lane = self._lanes.setdefault(charge.key, _Lane())
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(
            lane.waiting, _Waiter(priority, lane.round_of(charge.owner), next(self._order), charge, patience, turn)
        )
        if lane.pump is None:
            lane.pump = asyncio.create_task(self._serve(charge.key, lane))
        await turn
        return time.monotonic() - started

    async def _settle(self, taken: Charge, used: Charge | None) -> None:
        """Corrects the bucket when what was taken for one caller went to another, or to nobody."""
        if (difference := (used.cost if used else 0.0) - taken.cost) != 0.0:
            await self.store.adjust(taken, difference)

    async def _serve(self, key: str, lane: _Lane) -> None:
        try:
            while lane.waiting:
                first = lane.waiting[0]
                if first.turn.done():
                    heapq.heappop(lane.waiting)
                elif (wait := await self.store.take(first.charge)) == 0.0:
                    await self._settle(first.charge, _admit(lane))
                elif wait > first.patience:
                    _refuse(lane, wait)
                else:
                    await asyncio.sleep(min(wait, _RECHECK_SECONDS))
        except Exception as error:  # noqa: BLE001 - a store that fails must not leave its callers waiting for ever
            for waiter in lane.waiting:
                if not waiter.turn.done():
                    waiter.turn.set_exception(error)
        finally:
            self._lanes.pop(key, None)
            for waiter in lane.waiting:
                waiter.turn.cancel()


def _admit(lane: _Lane) -> Charge | None:
    """The permission goes to whoever is first now: a more urgent caller may have come during the take, or all left."""
    while lane.waiting:
        waiter = heapq.heappop(lane.waiting)
        if not waiter.turn.done():
            lane.round = max(lane.round, waiter.round)
            waiter.turn.set_result(None)
            return waiter.charge
    return None


def _refuse(lane: _Lane, wait: float) -> None:
    """Everybody less patient than the known wait is told so now."""
    for waiter in lane.waiting:
        if waiter.patience < wait and not waiter.turn.done():
            waiter.turn.set_exception(_too_long(waiter.charge, wait))


def _too_long(charge: Charge, wait: float) -> UpstreamError:
    service = charge.key.partition("|")[0]
    return UpstreamError(Kind.THROTTLED, service, f"the budget is used up for {wait:.0f} s", retry_after=wait)
