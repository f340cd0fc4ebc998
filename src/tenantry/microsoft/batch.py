"""`$batch`: several small requests in one call, each with a fate of its own.

The envelope is 200 whatever happens inside, so every item is looked at: refused ones are reported in their place,
passing failures are sent again by themselves after the time *they* were told, and lists are followed to their end.
"""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from multidict import CIMultiDict, CIMultiDictProxy

from tenantry.microsoft.calls import Access, Call, Dialect
from tenantry.microsoft.errors import PASSING, Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.transport import Transport

GRAPH_SIZE: Final = 20
EXCHANGE_SIZE: Final = 10

Post = Callable[[list[dict[str, Any]], tuple[Charge, ...]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One request of a batch: for Graph `url` is a path without version, such as `/users/{id}?$select=id`."""

    url: str
    method: str = "GET"
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    is_read: bool = False
    """A POST that only reads."""

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does no harm."""
        return self.is_read or self.method in {"GET", "PUT", "PATCH", "DELETE"}


@dataclass(slots=True)
class _Answer:
    """What one item has brought so far: its body, or for lists the rows of all pages."""

    item: BatchItem
    failures: int = 0
    body: Any = None
    error: UpstreamError | None = None

    @property
    def result(self) -> Any:
        return self.error if self.error is not None else self.body


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between the services that take batches."""

    service: str
    size: int
    post: Post
    charges: Callable[[BatchItem], tuple[Charge, ...]]
    """What an item takes on its own."""
    follow: Callable[[BatchItem, str], BatchItem]
    """The request for the next page of an item, from its next link. Raises UpstreamError(MALFORMED)."""


@dataclass(slots=True)
class Batch:
    """One run over any number of items."""

    transport: Transport
    access: Access
    dialect: Dialect
    rules: Rules

    async def run(self, items: Sequence[BatchItem]) -> list[Any]:
        """The answers in the items' order."""
        answers = [_Answer(item) for item in items]
        size = self.rules.size
        for start in range(0, len(answers), size):
            pending = answers[start : start + size]
            while pending:
                pending = await self._round(pending)
        return [answer.result for answer in answers]

    async def _round(self, pending: list[_Answer]) -> list[_Answer]:
        """Sends these once; returns those that have to go again (failures to repeat, and lists with a next page)."""
        requests = [_request(str(number), answer.item) for number, answer in enumerate(pending)]
        envelope = await self.rules.post(requests, self._charges(pending))
        replies = _by_id(self.rules.service, envelope)
        again = [answer for number, answer in enumerate(pending) if self._take(answer, replies.get(str(number)))]
        failed = [answer for answer in again if answer.error is not None]
        if failed:
            await self._wait(failed)
        return again

    def _take(self, answer: _Answer, reply: Any) -> bool:
        """Puts a reply into the answer; True when the item has to be sent again."""
        status = int(reply["status"]) if reply is not None else 0
        if 0 < status < 400:  # noqa: PLR2004
            answer.error = None
            try:
                return self._append(answer, reply.get("body"))
            except UpstreamError as error:
                answer.error = error
                return False
        answer.failures += 1
        answer.error = refusal = self._error(answer.item, status, reply)
        if refusal.kind is Kind.THROTTLED:
            self.transport.observer.throttled(self.rules.service, self.access, refusal.retry_after)
        return self._may_repeat(answer)

    def _may_repeat(self, answer: _Answer) -> bool:
        error, policy = answer.error, self.access.policy
        if error is None or error.kind not in PASSING or answer.failures >= policy.attempts:
            return False
        if (error.retry_after or 0.0) > policy.longest_retry_after:
            return False
        return answer.item.repeatable or error.kind is Kind.THROTTLED

    def _error(self, item: BatchItem, status: int, reply: Any) -> UpstreamError:
        if reply is None:
            return UpstreamError(Kind.UNAVAILABLE, self.rules.service, "the batch left an item unanswered")
        headers = CIMultiDict((name, str(value)) for name, value in (reply.get("headers") or {}).items())
        call = Call(self.rules.service, item.method, item.url, "", ())
        return self.dialect.error(call, status, CIMultiDictProxy(headers), orjson.dumps(reply.get("body") or {}))

    async def _wait(self, failed: list[_Answer]) -> None:
        told = max((answer.error.retry_after or 0.0 for answer in failed if answer.error is not None), default=0.0)
        if told:
            charge = self._charges(failed)[0]
            await self.transport.budgets.pause(charge.key, told)
        await self.transport.back_off(self.access, told, max(answer.failures for answer in failed))

    def _charges(self, answers: Sequence[_Answer]) -> tuple[Charge, ...]:
        """Every item is metered on its own: the envelope takes the sum of what its items take, budget by budget."""
        every = itertools.chain.from_iterable(self.rules.charges(answer.item) for answer in answers)
        total: dict[str, Charge] = {}
        for charge in every:
            before = total.get(charge.key)
            total[charge.key] = Charge(charge.key, charge.limit, charge.cost + (before.cost if before else 0.0))
        return tuple(total.values())

    def _append(self, answer: _Answer, body: Any) -> bool:
        """Adds a page of a list to what is there; True when there is a next page, which the item then asks for."""
        is_list = isinstance(body, dict) and isinstance(body.get("value"), list)
        if is_list and isinstance(answer.body, dict):
            answer.body["value"].extend(body["value"])
        else:
            answer.body = body
        link = body.get("@odata.nextLink") if is_list else None
        if link is None:
            return False
        following = self.rules.follow(answer.item, link)
        if following.url == answer.item.url:
            raise UpstreamError(Kind.MALFORMED, self.rules.service, "the list leads back to itself")
        answer.body.pop("@odata.nextLink", None)
        answer.item, answer.failures = following, 0
        return True


def _request(number: str, item: BatchItem) -> dict[str, Any]:
    request: dict[str, Any] = {"id": number, "method": item.method, "url": item.url}
    headers = item.headers if item.body is None else {"Content-Type": "application/json", **item.headers}
    if headers:
        request["headers"] = headers
    if item.body is not None:
        request["body"] = item.body
    return request


def _by_id(service: str, envelope: Any) -> dict[str, Any]:
    try:
        return {str(reply["id"]): reply for reply in envelope["responses"] if isinstance(reply["status"], int)}
    except (KeyError, TypeError) as error:
        raise UpstreamError(Kind.MALFORMED, service, "the batch has no readable answers") from error


def follow_graph(item: BatchItem, link: str) -> BatchItem:
    """The next page of a Graph list: a batch wants its link without host and version."""
    for version in ("/v1.0/", "/beta/"):
        before, found, path = link.partition(version)
        if found and "?" not in before:
            return BatchItem(f"/{path}", "GET", None, item.headers)
    raise UpstreamError(Kind.MALFORMED, "graph", "the next page has an address that is none of Graph's")
