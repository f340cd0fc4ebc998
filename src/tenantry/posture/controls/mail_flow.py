"""Mail flow rules: forwarding to strangers, and domains that no filter looks at."""

from collections.abc import Iterator
from typing import Final

from tenantry.observe.catalogue.exchange import ACCEPTED_DOMAINS, OUTBOUND_SPAM_POLICIES, TRANSPORT_RULES
from tenantry.posture.controls.flags import affected, listed
from tenantry.posture.controls.precedence import is_on
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Unexpected, failed, passed

_COPIES: Final = ("BlindCopyTo", "CopyTo")
_REDIRECT: Final = "RedirectMessageTo"
_UNFILTERED: Final = -1


@check(
    "exchange.forwarding_is_blocked",
    TRANSPORT_RULES,
    OUTBOUND_SPAM_POLICIES,
    ACCEPTED_DOMAINS,
    inputs=("copies_count_as_forwarding",),
)
def forwarding_is_blocked(evidence: Evidence, parameters: Parameters) -> Finding:
    ours = {row.text("DomainName").lower() for row in every(evidence, ACCEPTED_DOMAINS)}
    policies, rules = every(evidence, OUTBOUND_SPAM_POLICIES), every(evidence, TRANSPORT_RULES)
    if not policies:
        raise Unexpected(OUTBOUND_SPAM_POLICIES.name, None)
    modes = {policy.name: policy.text("AutoForwardingMode") for policy in policies}
    wrong = [
        affected(one, f"automatic forwarding is {modes[one.name]}") for one in policies if modes[one.name] != "Off"
    ]
    copies = list(_leading_out(rules, ours, _COPIES))
    wrong += _leading_out(rules, ours, (_REDIRECT,))
    if parameters.copies_count_as_forwarding:
        wrong += copies
    review = [f"{one.name} {one.why}" for one in copies] + _unclear(rules)
    if wrong:
        return failed("Mail can be forwarded to outsiders.", {"AutoForwardingMode": modes}, wrong, review)
    return passed("Nothing forwards mail to outsiders.", {"AutoForwardingMode": modes}, review)


def _leading_out(rules: list[Facts], ours: set[str], properties: tuple[str, ...]) -> Iterator[Affected]:
    """Enabled rules whose addresses are not in accepted domains."""
    for rule in rules:
        outside = [
            (name, address)
            for name in properties
            for address in rule.names(name, required=True)
            if "@" in address and address.rpartition("@")[2].strip("<> \"'").lower() not in ours
        ]
        if outside and is_on(rule):
            yield affected(rule, f"sends mail out: {listed([f'{name} {address}' for name, address in outside])}.")


def _unclear(rules: list[Facts]) -> list[str]:
    """Recipients Exchange names without an address are people of the directory; a person should look at them."""
    return [
        f"{rule.name} sends mail to {address}, which is not an address."
        for rule in rules
        if is_on(rule)
        for name in (_REDIRECT, *_COPIES)
        for address in rule.names(name)
        if "@" not in address
    ]


@check("exchange.no_rule_whitelists_domains", TRANSPORT_RULES)
def no_rule_whitelists_domains(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Rules that are off count too: one click switches them on."""
    rules = every(evidence, TRANSPORT_RULES)
    wrong = [affected(rule, _trusted(rule)) for rule in rules if _trusts(rule)]
    observed = {"rules": len(rules), "SetSCL -1 with SenderDomainIs": [one.name for one in wrong]}
    if wrong:
        return failed("Mail flow rules let whole sender domains past the spam filter.", observed, wrong)
    return passed("No mail flow rule lets a sender domain past the spam filter.", observed)


def _trusts(rule: Facts) -> bool:
    if not rule.has("SetSCL"):
        raise Unexpected(f"{rule.where}.SetSCL", None)
    return rule.number("SetSCL", default=0) == _UNFILTERED and bool(rule.names("SenderDomainIs", required=True))


def _trusted(rule: Facts) -> str:
    return f"trusts {listed(rule.names('SenderDomainIs'))} ({'on' if is_on(rule) else 'off'})"
