"""The words of the transport: who calls, what is called, what comes back, and how a service words its errors."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Protocol

from multidict import CIMultiDictProxy
from yarl import URL

from tenantry.microsoft.credentials import Credential
from tenantry.microsoft.errors import UpstreamError
from tenantry.microsoft.limits import Charge, Priority


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient we are. Defaults suit background work; where a person waits, take `INTERACTIVE`."""

    attempts: int = 8
    first_wait: float = 0.5
    longest_wait: float = 60.0
    longest_retry_after: float = 300.0
    timeout: float = 120.0
    max_body: int = 64 * 1024 * 1024
    """Bytes after decompression. A page of 999 users is 1 MB; nothing we ask for comes near."""


INTERACTIVE: Final = RetryPolicy(attempts=4, first_wait=0.25, longest_wait=5.0, longest_retry_after=15.0, timeout=30.0)


@dataclass(frozen=True, slots=True)
class Access:
    """On whose behalf: the Microsoft tenant, the credential, and how urgent it is."""

    entra_tenant_id: str
    credential: Credential
    priority: Priority = Priority.BACKGROUND
    policy: RetryPolicy = RetryPolicy()
    about: Hashable = None
    """Whom the caller asks about, in the caller's own words; only the observer is told."""

    @property
    def app(self) -> str:
        """The application that is metered."""
        return self.credential.client_id or "managed-identity"


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `repeatable`: sending it twice does no harm (reads, and writes keyed by their content)."""

    service: str
    method: str
    url: str
    audience: str
    charges: tuple[Charge, ...]
    repeatable: bool = True
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer, whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class Observer(Protocol):
    """Is told of every answer and every wait, for metrics and health. Must return at once."""

    def answered(self, service: str, entra_tenant_id: str, status: int, seconds: float) -> None: ...

    def waited(self, service: str, entra_tenant_id: str, seconds: float) -> None: ...

    def throttled(self, service: str, access: Access, seconds: float | None) -> None:
        """A service refused because it was asked too often, and wants to be left alone for so long, if it says so."""
        ...

    def ended(self, service: str, access: Access, error: UpstreamError | None) -> None:
        """What became of a call in the end, repeats included."""
        ...


class Silent:
    """The observer of those who count nothing."""

    def answered(self, service: str, entra_tenant_id: str, status: int, seconds: float) -> None: ...

    def waited(self, service: str, entra_tenant_id: str, seconds: float) -> None: ...

    def throttled(self, service: str, access: Access, seconds: float | None) -> None: ...

    def ended(self, service: str, access: Access, error: UpstreamError | None) -> None: ...


class Dialect(Protocol):
    """How one service words its errors and what it says of its limits."""

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        """A refusal as a kind."""
        ...

    def retry_after(self, headers: CIMultiDictProxy[str]) -> float | None:
        """The seconds the service asks us to stay away."""
        ...

    def remaining(self, headers: CIMultiDictProxy[str], charge: Charge) -> float | None:
        """The units left in the budget, when so few are left that it matters; else None."""
        ...

    def cost(self, headers: CIMultiDictProxy[str]) -> float | None:
        """The units the request really took, when the service tells."""
        ...

    def pauses(self, status: int, headers: CIMultiDictProxy[str], charges: tuple[Charge, ...]) -> dict[str, float]:
        """Which budgets a refusal closes, by key, and for how many seconds. Most services speak of one, the first."""
        seconds = self.retry_after(headers) if status in RETRIED else None
        return {} if seconds is None else {charges[0].key: seconds}

    def lefts(self, headers: CIMultiDictProxy[str], charges: tuple[Charge, ...]) -> list[tuple[Charge, float]]:
        """The budgets of which an answer says what is left, with the units. Most services speak of the first."""
        left = self.remaining(headers, charges[0])
        return [] if left is None else [(charges[0], left)]


def quoted(url: str) -> str:
    """An address of our own making, with what must be escaped escaped. Links from answers are opaque and stay as is."""
    # Not every service of Microsoft reads a plus as a space, which is what the library would make of one.
    return str(URL(url.replace(" ", "%20")))


RETRIED: Final = frozenset({429, 499, 500, 502, 503, 504})
"""Statuses Microsoft documents as passing."""
