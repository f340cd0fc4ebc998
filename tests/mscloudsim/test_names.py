"""DNS as a resolver meets it: SPF, DMARC and DKIM of the tenants' domains over UDP, and names that fail on order."""

import json
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from tests.mscloudsim.cloud import Cloud

from mscloudsim.world.care import set_care
from mscloudsim.world.directory.domains import child_domain, domain_names
from mscloudsim.world.dns_records import zone_of
from mscloudsim.world.estate import Estate
from mscloudsim.world.world import World


def asked(cloud: Cloud, name: str, kind: str = "TXT") -> dns.message.Message:
    address = urlsplit(cloud.url)
    query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
    return dns.query.udp(query, str(address.hostname), timeout=5, port=address.port or 0)


def texts(cloud: Cloud, name: str) -> list[str]:
    return [
        b"".join(record.strings).decode()
        for answer in asked(cloud, name).answer
        if answer.rdtype == dns.rdatatype.TXT
        for record in answer
    ]


def set_record(cloud: Cloud, kind: str, value: str | None) -> None:
    order = {"kind": "setting_changed", "tenant": cloud.partner["id"], "value": value}
    cloud.order("changes", {**order, "setting": f"dns.{cloud.partner['domain']}.{kind}"})


def test_records_are_what_was_last_decided(cloud: Cloud) -> None:
    domain = cloud.partner["domain"]
    for kind, name, value in (
        ("spf", domain, "v=spf1 -all"),
        ("dmarc", f"_dmarc.{domain}", f"v=DMARC1; p=reject; rua=mailto:{'x' * 400}@{domain}"),
    ):
        set_record(cloud, kind, value)
        assert texts(cloud, name) == [value]
        set_record(cloud, kind, None)
        assert texts(cloud, name) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("{domain}", "NOERROR"),
        ("_domainkey.{domain}", "NOERROR"),
        ("nothing.{domain}", "NXDOMAIN"),
        ("of.nobody.invalid", "NXDOMAIN"),
    ],
)
def test_a_name_is_there_or_not(cloud: Cloud, name: str, code: str) -> None:
    careful = next(t for t in cloud.tenants if asked(cloud, f"selector1._domainkey.{t['domain']}", "CNAME").answer)
    assert dns.rcode.to_text(asked(cloud, name.format(domain=careful["domain"]), "TXT").rcode()) == code


def test_every_domain_answers_for_its_mail(cloud: Cloud) -> None:
    token = cloud.token(cloud.partner)
    domains = [row["id"] for row in cloud.get("/v1.0/domains", token).json()["value"]]
    assert [asked(cloud, domain, "SOA").answer[0].rdtype for domain in domains] == [dns.rdatatype.SOA] * len(domains)
    found = asked(cloud, f"selector1._domainkey.{cloud.customer(flaw='none')['domain']}", "CNAME")
    assert found.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)


@pytest.mark.parametrize("kind", ["servfail", "nxdomain"])
def test_names_fail_on_order_and_recover(cloud: Cloud, kind: str) -> None:
    domain = cloud.partner["domain"]
    cloud.order("faults", {"kind": kind, "service": "dns", "path": f"^{domain}$"})
    codes = [dns.rcode.to_text(asked(cloud, domain).rcode()) for _ in range(2)]
    assert codes == [kind.upper(), "NOERROR"]


def test_what_is_no_question_is_not_answered(cloud: Cloud) -> None:
    address = urlsplit(cloud.url)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(0.3)
        peer.sendto(b"hello", (str(address.hostname), address.port or 0))
        with pytest.raises(TimeoutError):
            peer.recv(512)
    assert asked(cloud, cloud.partner["domain"]).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    ("setting", "value"), [("dns.elsewhere.example.spf", ""), ("dns.{domain}.mx", ""), ("dns.{domain}.spf", 5)]
)
def test_records_of_others_and_of_other_kinds_are_refused(cloud: Cloud, setting: str, value: object) -> None:
    named = setting.format(domain=cloud.partner["domain"])
    refused = cloud.call(
        "/_sim/changes",
        dns_order(cloud, named, value),
        {"content-type": "application/json"},
    )
    assert refused.status == 400, refused.body


def dns_order(cloud: Cloud, setting: str, value: object) -> bytes:
    order = {"kind": "setting_changed", "tenant": cloud.partner["id"], "setting": setting, "value": value}
    return json.dumps(order).encode()


def test_a_port_that_dns_cannot_have_is_said_so() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "mscloudsim", "serve", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert f"cannot answer DNS on 127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_the_exemplary_publish_what_the_neglected_lack(index: int) -> None:
    world = World(Estate(7, 12, 60, time.time()))
    tenant = list(world.estate.tenants.values())[index]
    set_care(world, tenant, 1.0)
    for domain in domain_names(tenant):
        zone = zone_of(world, tenant, domain)
        (policy,) = [text for text in zone.texts[""] if text.startswith("v=spf1")]
        followed = zone_of(world, tenant, tenant.domain).texts["_spf"][0] if "redirect=" in policy else policy
        assert followed.endswith("-all")
        assert domain == child_domain(tenant) or "p=reject; sp=reject; pct=100; rua=" in zone.texts["_dmarc"][0]
    set_care(world, tenant, 0.0)
    zone = zone_of(world, tenant, tenant.domain)
    assert not any(text.startswith("v=spf1") for text in zone.texts[""])
    assert "_dmarc" not in zone.texts
    assert zone.aliases == {}
