"""What the public DNS says about mail of a domain: SPF and DMARC, with the three answers DNS can give.

A name server that does not answer is not a missing record: every question goes to two of them before it is called
unanswered. RFC 7208 (SPF, `redirect=`), RFC 7489 (DMARC, organisational domain).
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dns.asyncresolver
import dns.exception
import dns.resolver

FOUND: Final = "found"
ABSENT: Final = "absent"
UNANSWERED: Final = "unanswered"
_TIMEOUT: Final = 3.0
_MOST_REDIRECTS: Final = 10
"""RFC 7208, section 4.6.4."""
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE)
_PORT: Final = 53


@dataclass(frozen=True, slots=True)
class Texts:
    """The TXT records of a name: `state` is found, absent or unanswered."""

    state: str
    records: tuple[str, ...] = ()

    def beginning(self, prefix: str) -> "Texts":
        """Only the records that begin so, in any casing."""
        fitting = tuple(record for record in self.records if record.lower().startswith(prefix))
        return Texts(FOUND if fitting else ABSENT, fitting) if self.state == FOUND else self


class DnsClient:
    """Asks the given name servers (`host` or `host:port`), or those of this machine, one after the other."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        self._resolver.lifetime, self._resolver.timeout = 2 * _TIMEOUT, _TIMEOUT
        self._resolver.cache = None
        if servers:
            places = [server.rpartition(":") if ":" in server else (server, "", str(_PORT)) for server in servers]
            self._resolver.nameservers = [host for host, _, _ in places]
            self._resolver.nameserver_ports = {host: int(port) for host, _, port in places}

    async def texts(self, name: str) -> Texts:
        """Never raises: what cannot be asked is unanswered."""
        try:
            answer = await self._resolver.resolve(name, "TXT", raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return Texts(ABSENT)
        except (dns.exception.DNSException, OSError, ValueError):
            return Texts(UNANSWERED)
        rows = [b"".join(row.strings).decode(errors="replace") for row in answer.rrset or ()]
        return Texts(FOUND if rows else ABSENT, tuple(sorted(rows)))

    async def mail_records(self, domain: str) -> dict[str, Any]:
        """SPF and DMARC of a domain, as the dataset `dns.mail_records` describes."""
        spf, dmarc = await asyncio.gather(self._spf(domain), self._dmarc(domain))
        return {"id": domain.lower(), "spf": spf, "dmarc": dmarc}

    async def _spf(self, domain: str) -> dict[str, Any]:
        """Follows `redirect=` to the record that holds; `followed` are the domains on the way."""
        followed: list[str] = []
        found = (await self.texts(domain)).beginning("v=spf1")
        holding = found
        while (target := _redirect_of(holding.records)) and len(followed) < _MOST_REDIRECTS:
            followed.append(target)
            holding = (await self.texts(target)).beginning("v=spf1")
        return {
            "state": found.state,
            "records": list(found.records),
            "followed": followed,
            "holding": {"state": holding.state, "records": list(holding.records)},
        }

    async def _dmarc(self, domain: str) -> dict[str, Any]:
        """The domain's own record, otherwise that of the nearest parent which has one: its subdomain policy holds."""
        labels = domain.lower().rstrip(".").split(".")
        for start in range(len(labels) - 1):
            at = ".".join(labels[start:])
            found = (await self.texts(f"_dmarc.{at}")).beginning("v=dmarc1")
            if found.state != ABSENT:
                return {"state": found.state, "records": list(found.records), "at": at}
        return {"state": ABSENT, "records": [], "at": domain.lower()}


def _redirect_of(records: Sequence[str]) -> str | None:
    """Where a single record without an `all` of its own sends the reader (RFC 7208, section 6.1)."""
    terms = records[0].split() if len(records) == 1 else []
    if any(term.lstrip("+-~?").lower() == "all" for term in terms):
        return None
    target = next((term.partition("=")[2] for term in terms if term.lower().startswith("redirect=")), "")
    return target.lower() if _NAME.fullmatch(target) else None
