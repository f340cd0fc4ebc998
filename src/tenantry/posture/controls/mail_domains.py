"""SPF, DKIM and DMARC of every domain that mail comes from."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tenantry.observe.catalogue.dns import MAIL_RECORDS
from tenantry.observe.catalogue.exchange import ACCEPTED_DOMAINS, DKIM
from tenantry.posture.controls.flags import listed
from tenantry.posture.controls.mail_records import dmarc_problem, spf_problem
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import (
    Affected,
    Collected,
    Finding,
    NotCollected,
    Unexpected,
    failed,
    not_applicable,
    passed,
)

_UNANSWERED: Final = "unanswered"
Problem = Callable[[Facts, bool], str | None]
"""What is wrong with the records of a domain; the second argument says whether it is parked."""


def _domains(evidence: Evidence, *, initial: bool) -> list[str]:
    """Accepted domains that mail is sent from. Raises Unexpected for a Microsoft tenant without any: it has one."""
    rows = every(evidence, ACCEPTED_DOMAINS)
    if not rows:
        raise Unexpected(ACCEPTED_DOMAINS.name, None)
    fitting = [
        row for row in rows if not row.flag("IsCoExistenceDomain") and (initial or not row.flag("InitialDomain"))
    ]
    return [row.text("DomainName").lower() for row in fitting]


def _is_parked(domain: str, parameters: Parameters) -> bool:
    return domain in {name.lower() for name in parameters.parked_domains}


def _judge(evidence: Evidence, parameters: Parameters, what: str, domains: list[str], problem: Problem) -> Finding:
    """Raises NotCollected for domains whose name servers did not answer, unless another one fails for sure."""
    if not domains:
        return not_applicable("Mail is only sent from the initial onmicrosoft.com domain.")
    known = {row.id.lower(): row for row in every(evidence, MAIL_RECORDS)}
    silent = [domain for domain in domains if domain not in known or _is_silent(known[domain], what)]
    asked = {domain: known[domain] for domain in domains if domain not in silent}
    observed = {domain: dict(row.object(what).values) for domain, row in asked.items()}
    wrong = [
        Affected(domain, domain, why)
        for domain, row in asked.items()
        if (why := problem(row, _is_parked(domain, parameters)))
    ]
    if wrong:
        names = listed([one.name for one in wrong])
        return failed(f"{what.upper()} does not protect {names}.", observed, wrong, _not_asked(silent))
    if silent:
        problem_text = f"No answer for {listed(silent)}."
        raise NotCollected(Collected(MAIL_RECORDS, _UNANSWERED, problem=problem_text))
    return passed(f"{what.upper()} protects every domain that mail is sent from.", observed)


def _not_asked(silent: list[str]) -> list[str]:
    return [f"Could not be looked up: {listed(silent)}."] if silent else []


def _is_silent(row: Facts, what: str) -> bool:
    states = [row.text(f"{what}.state")]
    if what == "spf":
        states.append(row.text("spf.holding.state"))
    return _UNANSWERED in states


@check("mail.spf", ACCEPTED_DOMAINS, MAIL_RECORDS, inputs=("parked_domains",))
def spf(evidence: Evidence, parameters: Parameters) -> Finding:
    return _judge(evidence, parameters, "spf", _domains(evidence, initial=False), _spf_problem)


def _spf_problem(row: Facts, is_parked: bool) -> str | None:
    return spf_problem(row.texts("spf.records"), row.texts("spf.holding.records"), is_parked=is_parked)


@check("mail.dmarc", ACCEPTED_DOMAINS, MAIL_RECORDS, inputs=("parked_domains",))
def dmarc(evidence: Evidence, parameters: Parameters) -> Finding:
    """The initial onmicrosoft.com domain counts too: mail can be sent in its name."""
    return _judge(evidence, parameters, "dmarc", _domains(evidence, initial=True), _dmarc_problem)


def _dmarc_problem(row: Facts, is_parked: bool) -> str | None:
    """A record that was found elsewhere than at the domain itself is inherited."""
    is_inherited = row.text("dmarc.at").lower() != row.id.lower()
    return dmarc_problem(row.texts("dmarc.records"), is_inherited=is_inherited, is_parked=is_parked)


@check("mail.dkim", ACCEPTED_DOMAINS, DKIM, inputs=("parked_domains",))
def dkim(evidence: Evidence, parameters: Parameters) -> Finding:
    sending = [name for name in _domains(evidence, initial=False) if not _is_parked(name, parameters)]
    if not sending:
        return not_applicable("No domain of the customer's own sends mail.")
    signing = {row.text("Domain").lower(): row for row in every(evidence, DKIM)}
    wrong = list(_unsigned(sending, signing))
    observed = {name: signing[name].shown("Enabled", "Status") if name in signing else None for name in sending}
    if wrong:
        return failed(f"Mail is not signed for {listed([one.name for one in wrong])}.", observed, wrong)
    return passed("Mail of every sending domain is signed.", observed)


def _unsigned(sending: list[str], signing: Mapping[str, Facts]) -> Iterator[Affected]:
    for name in sending:
        if name not in signing:
            yield Affected(name, name, "DKIM was never set up")
        elif not signing[name].flag("Enabled"):
            yield Affected(name, name, "DKIM is off")
        elif signing[name].text("Status") != "Valid":
            yield Affected(name, name, f"its status is {signing[name].text('Status')}")
