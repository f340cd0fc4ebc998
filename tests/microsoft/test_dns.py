"""SPF and DMARC from a real name server: found, absent, and unanswered are three answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from tenantry.microsoft.dns import ABSENT, FOUND, UNANSWERED, DnsClient


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Answers TXT questions with its records; names in `failing` get SERVFAIL, all others do not exist."""

    records: dict[str, list[str]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)  # asyncio's own is no subclass of it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        reply = dns.message.make_response(question)
        reply.flags |= dns.flags.RA
        if name in self.failing:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif texts := self.records[name]:
            reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *texts))
        assert self.transport is not None
        self.transport.sendto(reply.to_wire(), addr)

    @property
    def address(self) -> str:
        assert self.transport is not None
        host, port = self.transport.get_extra_info("sockname")
        return f"{host}:{port}"


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    yield server
    transport.close()


@pytest.fixture
def client(server: NameServer) -> DnsClient:
    return DnsClient([server.address])


async def test_texts_in_pieces_are_one_text(server: NameServer, client: DnsClient) -> None:
    server.records["contoso.com"] = ['"v=spf1 include:" "a.example -all"', '"MS=1"']
    answer = await client.texts("contoso.com")
    assert (answer.state, answer.records) == (FOUND, ("MS=1", "v=spf1 include:a.example -all"))


async def test_a_name_without_texts_and_one_that_does_not_exist_have_none(
    server: NameServer, client: DnsClient
) -> None:
    server.records["empty.example"] = []
    assert (await client.texts("empty.example")).state == ABSENT
    assert (await client.texts("gone.example")).state == ABSENT


async def test_a_server_that_fails_has_not_answered(server: NameServer, client: DnsClient) -> None:
    server.failing |= {"contoso.com", "_dmarc.contoso.com"}
    found = await client.mail_records("contoso.com")
    assert (found["spf"]["state"], found["spf"]["holding"]["state"]) == (UNANSWERED, UNANSWERED)
    assert found["dmarc"] == {"state": UNANSWERED, "records": [], "at": "contoso.com"}


async def test_what_is_no_name_is_unanswered_and_does_not_raise(client: DnsClient) -> None:
    assert (await client.texts("a..b")).state == UNANSWERED
    assert (await client.texts("x" * 300)).state == UNANSWERED


async def test_redirects_are_followed_to_the_record_that_holds(server: NameServer, client: DnsClient) -> None:
    server.records |= {
        "contoso.com": ['"V=SPF1 redirect=One.example"', '"something else"'],
        "one.example": ['"v=spf1 redirect=two.example"'],
        "two.example": ['"v=spf1 mx -all"'],
    }
    found = (await client.mail_records("Contoso.com"))["spf"]
    assert found["records"] == ["V=SPF1 redirect=One.example"]
    assert found["followed"] == ["one.example", "two.example"]
    assert found["holding"] == {"state": FOUND, "records": ["v=spf1 mx -all"]}


async def test_a_redirect_beside_an_all_is_ignored(server: NameServer, client: DnsClient) -> None:
    server.records["contoso.com"] = ['"v=spf1 ~all redirect=evil.example"']
    assert (await client.mail_records("contoso.com"))["spf"]["followed"] == []
    assert "evil.example" not in server.asked


async def test_a_ring_of_redirects_ends(server: NameServer, client: DnsClient) -> None:
    server.records["contoso.com"] = ['"v=spf1 redirect=contoso.com"']
    assert len((await client.mail_records("contoso.com"))["spf"]["followed"]) == 10


async def test_a_subdomain_takes_the_record_of_its_nearest_parent(server: NameServer, client: DnsClient) -> None:
    server.records["_dmarc.contoso.com"] = ['"v=DMARC1; p=reject; sp=none"']
    found = (await client.mail_records("Mail.Contoso.com"))["dmarc"]
    assert found == {"state": FOUND, "records": ["v=DMARC1; p=reject; sp=none"], "at": "contoso.com"}


async def test_a_domain_without_dmarc_has_none_and_the_top_level_is_not_asked(
    server: NameServer, client: DnsClient
) -> None:
    assert (await client.mail_records("contoso.com"))["dmarc"]["state"] == ABSENT
    assert "_dmarc.com" not in server.asked
