"""Where the pages of a dataset come from: lists that are streamed, and single requests that share a batch."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import msgspec
import orjson

from tenantry.kit.logging import get_logger
from tenantry.microsoft import BatchItem, Cmdlet, Connection, Kind, Page, UpstreamError

_log = get_logger("tenantry.observe")
Item = dict[str, Any]
Fetch = Callable[[Connection, str | None, Sequence[str]], AsyncIterator[Page]]


class Source(Protocol):
    """Pages of a dataset over a connection: from a saved link when given one, within subscriptions when given any."""

    @property
    def request(self) -> str:
        """What is asked of Microsoft, for people who check the evidence."""
        ...

    def __call__(self, connection: Connection, resume: str | None, scope: Sequence[str], /) -> AsyncIterator[Page]: ...


@dataclass(frozen=True, slots=True)
class GraphList:
    """A Graph list, streamed page by page; it can be gone on with from any link."""

    path: str
    eventual: bool = False

    @property
    def request(self) -> str:
        return f"GET {self.path}"

    async def __call__(self, connection: Connection, resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
        async for page in connection.graph.pages(resume or self.path, eventual=self.eventual):
            yield page


@dataclass(frozen=True, slots=True)
class Steps:
    """A dataset that takes several requests, described in words."""

    request: str
    fetch: Fetch

    def __call__(self, connection: Connection, resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
        return self.fetch(connection, resume, scope)


class Batched(StrEnum):
    """The batches that single requests can share."""

    GRAPH = "graph"
    GRAPH_BETA = "graph_beta"
    EXCHANGE = "exchange"
    COMPLIANCE = "compliance"


@dataclass(frozen=True, slots=True)
class GraphAsk:
    """One Graph request: a short list, or with a `key` one object, which is stored under that key.

    An object that `may_be_absent` is an empty dataset when Graph answers 404.
    """

    path: str
    key: str = ""
    may_be_absent: bool = False

    @property
    def request(self) -> str:
        return f"GET {self.path}"

    @property
    def batch(self) -> Batched:
        return Batched.GRAPH_BETA if self.path.startswith("/beta/") else Batched.GRAPH

    @property
    def asked(self) -> BatchItem:
        return BatchItem(self.path.removeprefix("/beta").removeprefix("/v1.0"))

    def items(self, answer: Any) -> list[Item]:
        """Raises the UpstreamError an answer is."""
        if isinstance(answer, UpstreamError):
            if self.may_be_absent and answer.kind is Kind.NOT_FOUND:
                return []
            raise answer
        if not self.key:
            return list(answer["value"])
        return [{"id": self.key, **{name: value for name, value in answer.items() if name != "@odata.context"}}]

    async def __call__(self, connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
        (answer,) = await ask_together(connection, self.batch, [self])
        yield page_of(self.items(answer))


@dataclass(frozen=True, slots=True)
class CmdletAsk:
    """One read cmdlet of Exchange or of Security & Compliance whose output is short."""

    cmdlet: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    batch: Batched = Batched.EXCHANGE

    @property
    def request(self) -> str:
        told = "".join(f" -{name} {value}" for name, value in self.parameters.items())
        return f"{self.cmdlet}{told}"

    @property
    def asked(self) -> Cmdlet:
        return Cmdlet(self.cmdlet, self.parameters)

    def items(self, answer: Any) -> list[Item]:
        """Raises the UpstreamError an answer is. What has no name of its own is named by its place."""
        if isinstance(answer, UpstreamError):
            raise answer
        return [{"id": _name_of(item) or str(place), **item} for place, item in enumerate(answer)]

    async def __call__(self, connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
        (answer,) = await ask_together(connection, self.batch, [self])
        yield page_of(self.items(answer))


Ask = GraphAsk | CmdletAsk


@dataclass(frozen=True, slots=True)
class CmdletList:
    """A read cmdlet of Exchange whose output is long, streamed page by page."""

    cmdlet: str
    parameters: Mapping[str, Any]
    select: tuple[str, ...]

    @property
    def request(self) -> str:
        return CmdletAsk(self.cmdlet, self.parameters).request

    async def __call__(self, connection: Connection, resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
        asked = Cmdlet(self.cmdlet, self.parameters, self.select)
        async for page in connection.exchange.pages(asked, resume):
            yield page


async def ask_together(connection: Connection, batch: Batched, asks: Sequence[Ask]) -> list[Any]:
    """The answers of requests that share a batch, in their order; an UpstreamError where one was refused."""
    asked: list[Any] = [ask.asked for ask in asks]
    if batch is Batched.GRAPH:
        return await connection.graph.batch(asked)
    if batch is Batched.GRAPH_BETA:
        return await connection.graph.batch(asked, "/beta")
    client = connection.exchange if batch is Batched.EXCHANGE else await connection.compliance()
    return await client.batch(asked)


@contextmanager
def formed(service: str) -> Iterator[None]:
    """For reading answers: what goes wrong there is an UpstreamError, since Microsoft sent another form than it does.

    One dataset then has no answer; otherwise all datasets of the job would go without.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, msgspec.MsgspecError) as error:
        _log.warning("answer not understood", service=service, exc_info=error)
        raise UpstreamError(Kind.MALFORMED, service, "the answer has not the form that was expected") from error


def page_of(items: Sequence[Item]) -> Page:
    """A page that was not read from a list."""
    return Page([msgspec.Raw(orjson.dumps(item)) for item in items], None)


def _name_of(item: Item) -> str:
    return str(item.get("Identity") or item.get("Name") or item.get("Guid") or "")
