"""The connection pool's door: many Microsoft tenants share it, and none can take it all.

Slots go to the most urgent first, and among equals to each Microsoft tenant in turn, so that a tenant with ten thousand
requests delays its neighbour by one. A few slots are kept for people who wait for an answer.
"""

import asyncio
from collections import deque
from typing import TypeAlias

from tenantry.microsoft.limits import Priority

_Queue: TypeAlias = deque[asyncio.Future[None]]


class Gate:
    """`slots` requests at a time, of one tenant at most `per_tenant`; the last `reserved` only for INTERACTIVE."""

    def __init__(self, slots: int, per_tenant: int, reserved: int) -> None:
        self._slots = slots
        self._per_tenant = per_tenant
        self._reserved = reserved
        self._used = 0
        self._used_by: dict[str, int] = {}
        self._queues: dict[Priority, dict[str, _Queue]] = {priority: {} for priority in Priority}
        self._waiting = 0

    async def enter(self, tenant: str, priority: Priority) -> bool:
        """Returns with a slot taken; True when that needed waiting. Cancelling while waiting takes none."""
        if not self._waiting and self._admits(tenant, priority):
            self._take(tenant)
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues[priority].setdefault(tenant, deque()).append(turn)
        self._waiting += 1
        self._hand_out()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the slot arrived together with the cancellation
                self.leave(tenant)
            raise
        return True

    def leave(self, tenant: str) -> None:
        """Gives the slot to the next."""
        self._used -= 1
        left = self._used_by[tenant] - 1
        if left:
            self._used_by[tenant] = left
        else:
            del self._used_by[tenant]
        if self._waiting:
            self._hand_out()

    def _admits(self, tenant: str, priority: Priority) -> bool:
        free = self._slots - self._used - (0 if priority is Priority.INTERACTIVE else self._reserved)
        return free > 0 and self._used_by.get(tenant, 0) < self._per_tenant

    def _take(self, tenant: str) -> None:
        self._used += 1
        self._used_by[tenant] = self._used_by.get(tenant, 0) + 1

    def _hand_out(self) -> None:
        for priority, queues in self._queues.items():
            while tenant := next((name for name in queues if self._admits(name, priority)), None):
                self._serve(tenant, queues)

    def _serve(self, tenant: str, queues: dict[str, _Queue]) -> None:
        """Serves one caller of a tenant and puts the tenant at the end of the row."""
        queue = queues.pop(tenant)
        turn = queue.popleft()
        self._waiting -= 1
        if not turn.done():
            self._take(tenant)
            turn.set_result(None)
        if queue:
            queues[tenant] = queue
