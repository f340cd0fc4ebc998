"""Misbehaviour on order: which requests it hits, how often, and what it does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Final


class FaultKind(StrEnum):
    """What can go wrong. Answers and bodies are spoilt by the application, pages by the services that make them."""

    THROTTLE = "throttle"
    THROTTLE_WITHOUT_HINT = "throttle_without_hint"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    RESET = "reset"
    SLOW_BODY = "slow_body"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    EMPTY_BODY = "empty_body"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - a name
    FORBIDDEN = "forbidden"
    EMPTY_PAGE = "empty_page"
    REPEATED_LINK = "repeated_link"
    RESYNC = "resync"
    GONE = "gone"
    AADSTS = "aadsts"
    REVOKED_CONSENT = "revoked_consent"
    LOST_DELEGATION = "lost_delegation"
    SERVFAIL = "servfail"
    NXDOMAIN = "nxdomain"


ANSWERS: Final = (
    FaultKind.THROTTLE,
    FaultKind.THROTTLE_WITHOUT_HINT,
    FaultKind.SERVER_ERROR,
    FaultKind.UNAVAILABLE,
    FaultKind.RESET,
    FaultKind.EXPIRED_TOKEN,
    FaultKind.FORBIDDEN,
    FaultKind.GONE,
    FaultKind.AADSTS,
)
"""Instead of the answer."""
BODIES: Final = (FaultKind.SLOW_BODY, FaultKind.MALFORMED, FaultKind.TRUNCATED, FaultKind.EMPTY_BODY)
"""The right answer, badly delivered."""
EVENTS: Final = (FaultKind.REVOKED_CONSENT, FaultKind.LOST_DELEGATION)
"""Something happens in the world just before the request is answered, and stays so."""


@dataclass
class Fault:
    """One order. Hits requests of `service` whose path matches, of `tenant`, after `skip` of them, `times` times.

    `seconds` is how long a slow body takes, or what `Retry-After` says; `code` is the AADSTS number; `target` is the
    tenant that loses consent or delegation, when it is not the one whose token the request carries. Raises ValueError
    for what could never hit.
    """

    kind: FaultKind
    service: str = "*"
    path: str = ".*"
    tenant: str = "*"
    times: int = 1
    skip: int = 0
    probability: float = 1.0
    seconds: float = 1.0
    code: int = 90033
    target: str = ""
    id: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path is no regular expression: {error}") from error
        if self.times < 1 or self.skip < 0 or not 0 < self.probability <= 1 or self.seconds < 0:
            raise ValueError("times is 1 or more, skip 0 or more, probability above 0 up to 1, seconds 0 or more")

    def matches(self, service: str, path: str, tenant: str) -> bool:
        in_scope = self.service in ("*", service) and self.tenant in ("*", tenant)
        return in_scope and re.search(self.path, path, re.IGNORECASE) is not None

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass
class Faults:
    """The orders of a simulation."""

    orders: list[Fault] = field(default_factory=list)
    _random: Random = field(default_factory=lambda: Random(7))
    _next: int = 1

    def add(self, fault: Fault) -> Fault:
        fault.id, self._next = self._next, self._next + 1
        self.orders.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        """Ends the order of this id, or all of them."""
        self.orders[:] = [fault for fault in self.orders if number is not None and fault.id != number]

    def due(self, service: str, path: str, tenant: str, *kinds: FaultKind) -> Fault | None:
        """The first order that hits this request now, counted as one of its times."""
        for fault in self._matching(service, path, tenant, kinds):
            if fault.skip > 0:
                fault.skip -= 1
            elif self._random.random() < fault.probability:
                fault.times -= 1
                fault.hits += 1
                return fault
        return None

    def _matching(self, service: str, path: str, tenant: str, kinds: tuple[FaultKind, ...]) -> Iterator[Fault]:
        for fault in self.orders:
            if fault.times > 0 and fault.kind in kinds and fault.matches(service, path, tenant):
                yield fault
