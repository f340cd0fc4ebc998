"""SPF, DKIM and DMARC of every domain."""

from typing import Any

from tests.posture.building import fails, passes, strange, uncollected
from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.dns import MAIL_RECORDS
from tenantry.observe.catalogue.exchange import ACCEPTED_DOMAINS, DKIM
from tenantry.posture.verdicts import Cause, Status

Row = dict[str, Any]
_SPF, _DKIM, _DMARC = "mail.spf", "mail.dkim", "mail.dmarc"
_GOOD = "v=spf1 include:spf.protection.outlook.com -all"
_STRICT = "v=DMARC1; p=reject; rua=mailto:a@contoso.com; ruf=mailto:a@contoso.com"
_PARKED = {"parked_domains": ["Contoso.com"]}


def accepted(*names: str) -> list[Row]:
    return [
        {
            "id": name,
            "DomainName": name,
            "InitialDomain": name.count(".") == 2 and name.endswith(".onmicrosoft.com"),
            "IsCoExistenceDomain": name.endswith(".mail.onmicrosoft.com"),
        }
        for name in names
    ]


def looked_up(*records: str, holding: list[str] | None = None, state: str = "found", end: str = "found") -> Row:
    held = list(records) if holding is None else holding
    followed = [] if holding is None else ["other.example"]
    return {"state": state, "records": list(records), "followed": followed, "holding": {"state": end, "records": held}}


def spf(*records: str, **more: Any) -> Items:
    row = {"id": "contoso.com", "spf": looked_up(*records, **more)}
    return {ACCEPTED_DOMAINS: accepted("contoso.com"), MAIL_RECORDS: [row]}


def dmarc(*records: str, at: str = "contoso.com", state: str = "found", domain: str = "contoso.com") -> Items:
    row = {"id": domain, "dmarc": {"state": state, "records": list(records), "at": at}}
    return {ACCEPTED_DOMAINS: accepted(domain), MAIL_RECORDS: [row]}


def signing(*rows: tuple[str, Any, str], domains: tuple[str, ...] = ("contoso.com",)) -> Items:
    found = [{"id": name, "Domain": name, "Enabled": enabled, "Status": status} for name, enabled, status in rows]
    return {ACCEPTED_DOMAINS: accepted(*domains), DKIM: found}


def both(first: Row, second: Row) -> Items:
    rows = [{"id": "contoso.com", "spf": first}, {"id": "second.example", "spf": second}]
    return {ACCEPTED_DOMAINS: accepted("contoso.com", "second.example"), MAIL_RECORDS: rows}


def unanswered(key: str, because: str, items: Items) -> Case:
    return Case(key, because, Status.ERROR, items, "No answer", cause=Cause.UNAVAILABLE)


CASES: list[Case] = [
    *uncollected(_SPF, _DKIM, _DMARC),
    passes(_SPF, "hard fail", spf(_GOOD)),
    passes(_SPF, "soft fail, in capitals, among other texts", spf("MS=1", "V=SPF1 MX ~ALL")),
    passes(_SPF, "a redirect leads to one", spf("v=spf1 redirect=other.example", holding=["v=spf1 -all"])),
    passes(_SPF, "a modifier follows", spf("v=spf1 -all exp=why.contoso.com")),
    passes(_SPF, "parked", spf("v=spf1 -all"), parameters=_PARKED),
    passes(_SPF, "the second domain too", both(looked_up(_GOOD), looked_up("v=spf1 ~all"))),
    fails(
        _SPF,
        "the second domain has none",
        both(looked_up(_GOOD), looked_up(state="absent")),
        affected=["second.example"],
    ),
    fails(_SPF, "none", spf(state="absent", end="absent"), affected=["contoso.com"]),
    fails(_SPF, "any text that begins like it", spf("v=spf10 -all")),
    fails(_SPF, "two records", spf(_GOOD, "v=spf1 ~all")),
    fails(_SPF, "neutral", spf("v=spf1 mx ?all")),
    fails(_SPF, "everybody", spf("v=spf1 +all")),
    fails(_SPF, "everybody, without a sign", spf("v=spf1 all")),
    fails(_SPF, "the first all holds", spf("v=spf1 +all -all")),
    fails(_SPF, "no end", spf("v=spf1 include:spf.protection.outlook.com")),
    fails(_SPF, "a redirect to nothing", spf("v=spf1 redirect=other.example", holding=[], end="absent")),
    fails(_SPF, "a redirect to two", spf("v=spf1 redirect=other.example", holding=["v=spf1 -all", "v=spf1 ~all"])),
    fails(_SPF, "parked and sending", spf(_GOOD), parameters=_PARKED),
    fails(
        _SPF,
        "one fails, another is not answered",
        both(looked_up("v=spf1 +all"), looked_up(state="unanswered", end="unanswered")),
        review="second.example",
    ),
    unanswered(_SPF, "the name server is silent", spf(state="unanswered", end="unanswered")),
    unanswered(_SPF, "that of the redirect is", spf("v=spf1 redirect=o.example", holding=[], end="unanswered")),
    unanswered(_SPF, "a domain was not asked about", {ACCEPTED_DOMAINS: accepted("contoso.com"), MAIL_RECORDS: []}),
    Case(
        _SPF,
        "only the initial domain and that of a hybrid",
        Status.NOT_APPLICABLE,
        {ACCEPTED_DOMAINS: accepted("c.onmicrosoft.com", "c.mail.onmicrosoft.com"), MAIL_RECORDS: []},
    ),
    strange(_SPF, "no domain at all", {ACCEPTED_DOMAINS: [], MAIL_RECORDS: []}),
    passes(_DMARC, "it rejects", dmarc(_STRICT)),
    passes(_DMARC, "it quarantines all", dmarc("v=DMARC1;p=Quarantine;pct=100;rua=mailto:a@b.c;ruf=mailto:a@b.c;")),
    passes(_DMARC, "parked", dmarc("v=DMARC1; p=reject"), parameters=_PARKED),
    passes(_DMARC, "the parent's policy", dmarc(_STRICT, domain="mail.contoso.com")),
    passes(
        _DMARC,
        "the parent's for subdomains",
        dmarc(_STRICT.replace("p=reject", "p=none; sp=reject"), domain="x.contoso.com"),
    ),
    passes(_DMARC, "an own sp does not matter", dmarc(f"{_STRICT}; sp=none")),
    passes(_DMARC, "the initial domain", dmarc(_STRICT, at="c.onmicrosoft.com", domain="c.onmicrosoft.com")),
    fails(
        _DMARC, "the initial domain has none", dmarc(state="absent", at="c.onmicrosoft.com", domain="c.onmicrosoft.com")
    ),
    fails(_DMARC, "the parent's sp is none", dmarc(f"{_STRICT}; sp=none", domain="mail.contoso.com")),
    fails(_DMARC, "none", dmarc(state="absent")),
    fails(_DMARC, "p=none", dmarc(_STRICT.replace("reject", "none"))),
    fails(_DMARC, "no policy", dmarc("v=DMARC1; rua=mailto:a@b.c; ruf=mailto:a@b.c")),
    fails(_DMARC, "a half", dmarc(f"{_STRICT}; pct=50")),
    fails(_DMARC, "no rua", dmarc("v=DMARC1; p=reject; ruf=mailto:a@b.c")),
    fails(_DMARC, "no ruf", dmarc("v=DMARC1; p=reject; rua=mailto:a@b.c; ruf=")),
    fails(_DMARC, "two records", dmarc(_STRICT, _STRICT.replace("reject", "quarantine"))),
    fails(_DMARC, "another version", dmarc(_STRICT.replace("DMARC1", "DMARC12"))),
    fails(_DMARC, "parked and quarantining", dmarc(_STRICT.replace("reject", "quarantine")), parameters=_PARKED),
    unanswered(_DMARC, "the name server is silent", dmarc(state="unanswered")),
    passes(_DKIM, "signed and valid", signing(("Contoso.com", True, "Valid"))),
    passes(
        _DKIM,
        "the initial domain does not matter",
        signing(("contoso.com", True, "Valid"), domains=("contoso.com", "c.onmicrosoft.com")),
    ),
    fails(_DKIM, "never set up", signing(), affected=["contoso.com"]),
    fails(_DKIM, "off", signing(("contoso.com", False, "Valid"))),
    fails(_DKIM, "on but not valid", signing(("contoso.com", True, "CnameMissing"))),
    fails(
        _DKIM,
        "the second is not",
        signing(("contoso.com", True, "Valid"), domains=("contoso.com", "b.example")),
        affected=["b.example"],
    ),
    strange(_DKIM, "it does not say", signing(("contoso.com", None, "Valid"))),
    Case(_DKIM, "the only domain is parked", Status.NOT_APPLICABLE, signing(), parameters=_PARKED),
]
