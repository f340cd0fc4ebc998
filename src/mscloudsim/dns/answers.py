"""The answer to one DNS question: records of the tenants' domains, and the refusals a resolver gives."""

from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from mscloudsim.faults import FaultKind
from mscloudsim.world.dns_records import Zone, find_zone, zone_of
from mscloudsim.world.world import World

LARGEST: Final = 1232
"""Bytes of an answer over UDP to those who can take more than 512 (dnsflagday.net/2020)."""
_PLAIN: Final = 512
_TTL: Final = 300
_WIDEST: Final = 255
_PROTECTED: Final = "spf.protection.outlook.com"
_FAULTS: Final = {FaultKind.SERVFAIL: dns.rcode.SERVFAIL, FaultKind.NXDOMAIN: dns.rcode.NXDOMAIN}


def answer(world: World, wire: bytes) -> bytes | None:
    """The answer's bytes; None for what is no question, which is not answered at all."""
    try:
        query = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError):
        return None
    if query.flags & dns.flags.QR or len(query.question) != 1:
        return None
    reply = dns.message.make_response(query, recursion_available=True)
    _fill(world, reply)
    size = LARGEST if query.edns >= 0 and query.payload > _PLAIN else _PLAIN
    try:
        return reply.to_wire(max_size=size)
    except dns.exception.TooBig:
        reply.answer.clear()
        reply.flags |= dns.flags.TC
        return reply.to_wire()


def _fill(world: World, reply: dns.message.Message) -> None:
    question = reply.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    found = find_zone(world, name)
    fault = world.faults.due("dns", name, found[0].id if found else "", *_FAULTS)
    world.stats.count("dns", found[0].id if found else "", 200)
    if fault is not None:
        world.stats.faults[fault.kind.value] += 1
        reply.set_rcode(_FAULTS[fault.kind])
    elif name == _PROTECTED:
        _add(reply, question.name, "TXT", _quoted("v=spf1 ip4:203.0.113.0/24 -all"))
    elif found is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    else:
        _from_zone(reply, zone_of(world, *found), found[1], name)


def _from_zone(reply: dns.message.Message, zone: Zone, domain: str, name: str) -> None:
    """The records of a name. Without any it exists if something lies at it or below it; who asks else gets the SOA."""
    question, below = reply.question[0], name.removesuffix(domain).rstrip(".")
    wanted = dns.rdatatype.to_text(question.rdtype)
    if below in zone.aliases:
        _add(reply, question.name, "CNAME", f"{zone.aliases[below]}.")
    elif wanted == "TXT" and below in zone.texts:
        _add(reply, question.name, "TXT", *(_quoted(text) for text in zone.texts[below]))
    elif wanted == "SOA" and not below:
        _add(reply, question.name, "SOA", _soa(domain))
    else:
        exists = not below or any(f".{known}".endswith(f".{below}") for known in (*zone.texts, *zone.aliases))
        reply.set_rcode(dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN)
        reply.authority.append(dns.rrset.from_text(f"{domain}.", _TTL, "IN", "SOA", _soa(domain)))


def _add(reply: dns.message.Message, name: dns.name.Name, kind: str, *records: str) -> None:
    reply.answer.append(dns.rrset.from_text(name, _TTL, "IN", kind, *records))


def _soa(domain: str) -> str:
    return f"ns1.{domain}. hostmaster.{domain}. 1 3600 600 86400 {_TTL}"


def _quoted(text: str) -> str:
    """A text in pieces of at most 255 bytes, as records hold them."""
    escaped = (text[place : place + _WIDEST] for place in range(0, max(1, len(text)), _WIDEST))
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in escaped)
