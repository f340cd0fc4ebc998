"""Which addresses a channel may have. Whoever manages channels decides where this server connects to."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from tenantry.kit.errors import AppError
from tenantry.kit.secret import MASK, Secret
from tenantry.kit.text import is_invisible
from tenantry.platform.notify.models import ChannelKind
from tenantry.settings import Settings

_LONGEST: Final = 2000
_SHOWN: Final = 4
_WORTH_HIDING: Final = 16
"""Of something shorter, its last characters would be too much of it."""
_WIRE_SERVER: Final = ip_address("168.63.129.16")
"""Every machine in Azure reaches the platform's own services there, though the address looks public."""
_NAT64: Final = ip_network("64:ff9b::/96")
_NAME: Final = re.compile(r"(?=.{1,253}\Z)(?:\w(?:[\w-]{0,61}\w)?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.?\Z", re.ASCII)
"""A host's name. One that ends in a number is an IPv4 address to those who connect, in whatever way it is written."""


class UnusableAddress(AppError):
    """The address cannot be used: {why}."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class TargetRules:
    """What this installation allows. `simulator` is the simulated cloud's origin, where one is used."""

    teams_hosts: tuple[str, ...] = ()
    to_internal_hosts: bool = False
    simulator: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        simulator = settings.simulator_url.rstrip("/") if settings.cloud == "simulator" else None
        return cls(tuple(settings.teams_webhook_hosts), settings.webhooks_to_internal_hosts, simulator)

    def require(self, kind: ChannelKind, address: Secret) -> None:
        """Raises UnusableAddress, which never quotes the address."""
        parts = _parts(address.reveal())
        if kind is ChannelKind.TEAMS and self._is_simulated(parts):
            return
        if parts.scheme != "https":
            raise UnusableAddress(why="it has to begin with https://")
        if kind is ChannelKind.TEAMS and not self._is_for_teams(parts.hostname or ""):
            raise UnusableAddress(
                why="a Teams workflow has an address at " + " or ".join(host.lstrip("*.") for host in self.teams_hosts)
            )
        if not self.to_internal_hosts and _is_internal_literal(parts.hostname or ""):
            raise UnusableAddress(why="it leads to an internal address")

    def _is_simulated(self, parts: SplitResult) -> bool:
        return self.simulator is not None and f"{parts.scheme}://{parts.netloc}" == self.simulator

    def _is_for_teams(self, host: str) -> bool:
        return any(
            host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed
            for allowed in map(str.lower, self.teams_hosts)
        )


def masked(address: Secret) -> str:
    """The host and the last characters: enough to recognise the address, not enough to use it."""
    parts = _parts(address.reveal())
    rest = address.reveal().partition(parts.netloc)[2]
    end = rest[-_SHOWN:] if len(rest) >= _WORTH_HIDING else ""
    return f"{parts.scheme}://{parts.netloc}/{MASK}{end}"[:300]


def is_internal(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is of this machine, its network or its platform, however it is wrapped."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_internal(inner)
        if address.is_reserved or address.is_site_local:  # also IPv4 in the ways nobody should write it any more
            return True
    return not address.is_global or address.is_multicast or address == _WIRE_SERVER


def _is_internal_literal(host: str) -> bool:
    if (address := _literal(host)) is not None:
        return is_internal(address)
    return f".{host.removesuffix('.')}".endswith(".localhost")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _parts(text: str) -> SplitResult:
    if len(text) > _LONGEST or not text.isascii() or any(is_invisible(letter) or letter == " " for letter in text):
        raise UnusableAddress(why=f"it is at most {_LONGEST} plain characters, without spaces")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise UnusableAddress(why="it is not a web address") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise UnusableAddress(why="it has to begin with https://")
    if _literal(parts.hostname) is None and _NAME.match(parts.hostname) is None:
        raise UnusableAddress(why="its host is neither a name nor an IP address as it is usually written")
    if parts.username is not None or parts.password is not None or parts.fragment or "\\" in text:
        raise UnusableAddress(why="it holds no user, no password and nothing after #")
    return parts
