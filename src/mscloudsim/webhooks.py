"""Where Teams messages go: a workflow webhook that keeps what it was sent.

learn.microsoft.com/power-automate/teams/send-a-message-in-teams
"""

from collections import defaultdict, deque
from typing import Any, Final

from mscloudsim.http import Reply, Request
from mscloudsim.throttling import Rate
from mscloudsim.world.world import World

_PATH: Final = "/_sim/webhooks/teams/"
_LARGEST: Final = 28 * 1024
_KEPT: Final = 200
_RATE: Final = Rate(4, 4)


class TeamsWebhooks:
    """`POST` accepts a card (202: accepted, not delivered); `GET` shows what arrived; `DELETE` forgets it."""

    name = "teams"

    def __init__(self, world: World) -> None:
        self.world = world
        self.received: dict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def matches(self, path: str) -> bool:
        return path.startswith(_PATH)

    async def handle(self, request: Request) -> Reply:
        name = request.path.removeprefix(_PATH)
        if request.method == "GET":
            return Reply.json(list(self.received.get(name, ())))
        if request.method == "DELETE":
            self.received.pop(name, None)
            return Reply.empty()
        return self._accept(name, request)

    def _accept(self, name: str, request: Request) -> Reply:
        verdict = self.world.throttles.take(f"teams|{name}", _RATE, 1, self.world.clock.now())
        if not verdict.passed:
            self.world.stats.throttled["teams"] += 1
            return _refused(429, "TooManyRequests", "Too many messages.", {"retry-after": str(verdict.retry_after)})
        if len(request.body) > _LARGEST:
            return _refused(413, "RequestEntityTooLarge", "A card holds 28 KB.")
        card = request.json()
        if not isinstance(card, dict) or card.get("type") != "message" or not card.get("attachments"):
            return _refused(400, "TriggerInputSchemaMismatch", "The body is no message with an adaptive card.")
        self.received[name].append(card)
        return Reply.empty(202)


def _refused(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply.json({"error": {"code": code, "message": message}}, status, headers)
