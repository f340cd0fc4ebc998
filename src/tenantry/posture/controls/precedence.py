"""Which policy of Exchange and Defender holds: presets first, then custom rules by priority, then what ships."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tenantry.posture.facts import Facts
from tenantry.posture.verdicts import Unexpected

STRICT: Final = "Strict Preset Security Policy"
STANDARD: Final = "Standard Preset Security Policy"
_TYPES: Final = {STRICT: "Strict", STANDARD: "Standard"}
_CONDITIONS: Final = ("SentTo", "SentToMemberOf", "RecipientDomainIs", "From", "FromMemberOf", "SenderDomainIs")


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy with the rule that gives it people; the policy that ships has none and takes everybody else."""

    policy: Facts
    rule: Facts | None

    @property
    def shown(self) -> dict[str, Any]:
        """Scope, priority and state, for `Finding.observed`."""
        if self.rule is None:
            return {"policy": self.policy.name, "scope": "everybody without another policy"}
        scope = {name: self.rule.names(name) for name in _CONDITIONS if self.rule.names(name)}
        without = {f"ExceptIf{name}": found for name in _CONDITIONS if (found := self.rule.names(f"ExceptIf{name}"))}
        rule = self.rule.shown("Priority", "State")
        return {"policy": self.policy.name, **rule, "scope": scope or "everybody", "exceptions": without}


def is_on(rule: Facts) -> bool:
    """Raises Unexpected for a rule without a state."""
    return rule.text("State").lower() == "enabled"


def has_scope(rule: Facts) -> bool:
    """Whether a custom rule names anybody whom its own exceptions do not take out again."""
    return any(
        set(_lowered(rule, name)) - set(_lowered(rule, f"ExceptIf{name}")) for name in _CONDITIONS if rule.names(name)
    )


def by_precedence(
    policies: Sequence[Facts], rules: Sequence[Facts], link: str, presets: Iterable[Facts] = ()
) -> Iterator[InForce]:
    """The policies that hold for somebody, the strongest first. `link` is the rule's property that names its policy.

    The policy that ships is the last one. Raises Unexpected for a rule whose policy is not there.
    """
    known = list(presets)
    for name in (STRICT, STANDARD):
        for rule in known:
            if rule.name == name and is_on(rule) and (has_scope(rule) or not _conditions(rule)):
                yield InForce(_preset_policy(policies, rule, link), rule)
    for rule in sorted(rules, key=lambda one: one.number("Priority")):
        if is_on(rule) and has_scope(rule):
            yield InForce(_policy_of(policies, rule.text(link)), rule)
    shipped = next((policy for policy in policies if _ships(policy)), None)
    if shipped is not None:
        yield InForce(shipped, None)


def covers_everybody(rule: Facts) -> bool:
    """A preset without conditions and without exceptions is applied to all recipients."""
    return not _conditions(rule) and not any(rule.names(f"ExceptIf{name}") for name in _CONDITIONS)


def _conditions(rule: Facts) -> list[str]:
    return [name for name in _CONDITIONS if rule.names(name)]


def _ships(policy: Facts) -> bool:
    return policy.flag("IsDefault", default=False) or policy.flag("IsBuiltInProtection", default=False)


def _preset_policy(policies: Sequence[Facts], rule: Facts, link: str) -> Facts:
    """The preset's rule names its policy; where it does not, the policy says which preset it belongs to."""
    if name := rule.text(link, ""):
        return _policy_of(policies, name)
    for policy in policies:
        if policy.text("RecommendedPolicyType", "") == _TYPES[rule.name]:
            return policy
    raise Unexpected(f"the policy of {rule.name}", None)


def _policy_of(policies: Sequence[Facts], name: str) -> Facts:
    for policy in policies:
        if name.lower() in {str(policy.get(key) or "").lower() for key in ("Name", "Identity", "Id")}:
            return policy
    raise Unexpected(f"the policy {name}", None)


def _lowered(rule: Facts, path: str) -> list[str]:
    return [name.lower() for name in rule.names(path)]
