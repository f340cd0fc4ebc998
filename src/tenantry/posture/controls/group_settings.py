"""Group settings: lists of names and texts, which hold password rules too. What nobody set has no object at all."""

from collections.abc import Sequence
from typing import Final

from tenantry.observe.catalogue.identity import ORGANIZATION
from tenantry.observe.catalogue.policies import GROUP_SETTINGS
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every, one
from tenantry.posture.facts import Facts
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, not_applicable, passed

_PASSWORD_RULES: Final = "5cf42378-d67d-4f36-ba46-e8b86229381d"  # noqa: S105 - a template's id
_DEFAULT_THRESHOLD, _DEFAULT_SECONDS = 10, 60
"""learn.microsoft.com/entra/identity/authentication/howto-password-smart-lockout"""
_MOST_ATTEMPTS, _LEAST_SECONDS = 10, 60
_DEFAULT: Final = "Nobody has set it: Microsoft's default applies."


def setting_of(settings: Sequence[Facts], template: str) -> Facts | None:
    """The values of the setting made from a template, by name; None when there is none."""
    for setting in settings:
        if setting.text("templateId").lower() == template:
            values = {row.text("name"): row.get("value") for row in setting.objects("values")}
            return Facts(f"{setting.where}[{setting.name}]", values)
    return None


def _password_rules(evidence: Evidence) -> Facts | None:
    return setting_of(every(evidence, GROUP_SETTINGS), _PASSWORD_RULES)


@check("authentication.banned_passwords", GROUP_SETTINGS)
def banned_passwords(evidence: Evidence, _parameters: Parameters) -> Finding:
    rules = _password_rules(evidence)
    if rules is None:
        return failed("No list of banned passwords is used: nobody has set one.", {"EnableBannedPasswordCheck": None})
    words = [word for word in rules.text("BannedPasswordList", "").split() if word]
    observed = {**rules.shown("EnableBannedPasswordCheck"), "banned_passwords": len(words)}
    if not rules.flag("EnableBannedPasswordCheck"):
        return failed("The organisation's own list of banned passwords is not used.", observed)
    if not words:
        return failed("The organisation's list of banned passwords is empty.", observed)
    return passed("The organisation's own list of banned passwords is used.", observed)


@check("authentication.password_protection_on_premises", GROUP_SETTINGS, ORGANIZATION)
def on_premises(evidence: Evidence, _parameters: Parameters) -> Finding:
    organization = one(evidence, ORGANIZATION)
    if not organization.flag("onPremisesSyncEnabled", default=False):
        return not_applicable(
            "There is no Active Directory: nothing is synchronised.", organization.shown("onPremisesSyncEnabled")
        )
    rules = _password_rules(evidence)
    paths = ("EnableBannedPasswordCheckOnPremises", "BannedPasswordCheckOnPremisesMode")
    if rules is None:
        return failed("Banned passwords are not refused in Active Directory: nobody has set it.", dict.fromkeys(paths))
    observed = rules.shown(*paths)
    if not rules.flag(paths[0]):
        return failed("Banned passwords are not refused in Active Directory.", observed)
    if rules.text(paths[1]).lower() not in ("enforce", "enforced"):
        return failed("Banned passwords are only noted in Active Directory, and not refused.", observed)
    return passed("Banned passwords are refused in Active Directory too.", observed)


@check("authentication.lockout_threshold", GROUP_SETTINGS, inputs=("default_lockout_passes",))
def lockout_threshold(evidence: Evidence, parameters: Parameters) -> Finding:
    rules = _password_rules(evidence)
    if rules is None:
        return _by_default(parameters, "LockoutThreshold", _DEFAULT_THRESHOLD)
    attempts = rules.number("LockoutThreshold", _DEFAULT_THRESHOLD)
    told = passed if 0 < attempts <= _MOST_ATTEMPTS else failed
    return told(f"Accounts are locked after {attempts} wrong passwords.", rules.shown("LockoutThreshold"))


@check("authentication.lockout_duration", GROUP_SETTINGS, inputs=("default_lockout_passes",))
def lockout_duration(evidence: Evidence, parameters: Parameters) -> Finding:
    rules = _password_rules(evidence)
    if rules is None:
        return _by_default(parameters, "LockoutDurationInSeconds", _DEFAULT_SECONDS)
    seconds = rules.number("LockoutDurationInSeconds", _DEFAULT_SECONDS)
    told = passed if seconds >= _LEAST_SECONDS else failed
    return told(f"Accounts are locked for {seconds} seconds at first.", rules.shown("LockoutDurationInSeconds"))


def _by_default(parameters: Parameters, name: str, value: int) -> Finding:
    """The benchmark says nothing of a setting nobody made; the parameter says how that is read."""
    if parameters.default_lockout_passes:
        return passed(f"Microsoft's default applies: {value}.", {name: value, "is_default": True}, [_DEFAULT])
    return failed(f"Nobody has set it; Microsoft's default of {value} applies.", {name: value, "is_default": True})
