"""Applications: how they are consented to, and what their secrets and certificates must be like."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from tenantry.observe.catalogue.policies import ADMIN_CONSENT, APP_MANAGEMENT, THIRD_PARTY_STORAGE
from tenantry.posture.controls.flags import Wanted, flag_control
from tenantry.posture.controls.registry import check
from tenantry.posture.controls.texts import duration_of, lies_ahead, moment_in
from tenantry.posture.evidence import Evidence, every, one
from tenantry.posture.facts import Facts
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, failed, passed

_KINDS: Final = {"applicationRestrictions": "applications", "servicePrincipalRestrictions": "service principals"}
_LONGEST: Final = timedelta(days=180)
_SINCE: Final = "restrictForAppsCreatedAfterDateTime"
_PASSWORDS, _KEYS = "passwordCredentials", "keyCredentials"

Suits = Callable[[Facts], bool]

flag_control(
    "apps.admin_consent_workflow",
    ADMIN_CONSENT,
    Wanted(
        "isEnabled",
        True,
        "People can ask an administrator to consent to an application.",
        "People cannot ask an administrator to consent to an application.",
    ),
)


def _restriction_control(key: str, credentials: str, type_: str, what: str, suits: Suits = lambda _: True) -> None:
    """A restriction that has to hold for applications and service principals alike; `what` completes "… is not …"."""

    @check(key, APP_MANAGEMENT)
    def judge(evidence: Evidence, _parameters: Parameters) -> Finding:
        policy = one(evidence, APP_MANAGEMENT)
        observed = {"isEnabled": policy.flag("isEnabled"), **_shown(policy, credentials, type_)}
        if not policy.flag("isEnabled"):
            return failed("The policy for credentials of applications is off.", observed)

        def holds(rule: Facts) -> bool:
            return (
                rule.text("state") == "enabled"
                and not lies_ahead(evidence, APP_MANAGEMENT, rule, _SINCE)
                and suits(rule)
            )

        lacking = [kind for kind in _KINDS if not any(map(holds, _rules(policy, kind, credentials, type_)))]
        if lacking:
            affected = [Affected(kind, _KINDS[kind], "is not restricted so") for kind in lacking]
            return failed(
                f"{what} is not enforced for {' and '.join(_KINDS[kind] for kind in lacking)}.", observed, affected
            )
        review = [
            note
            for kind in _KINDS
            for rule in _rules(policy, kind, credentials, type_)
            for note in _limits(_KINDS[kind], rule)
        ]
        return passed(f"{what} is enforced for applications and service principals.", observed, review)


def _rules(policy: Facts, kind: str, credentials: str, type_: str) -> list[Facts]:
    return [rule for rule in policy.objects(f"{kind}.{credentials}") if rule.text("restrictionType") == type_]


def _limits(kind: str, rule: Facts) -> list[str]:
    """What a restriction leaves out although it holds."""
    told = [f"Some actors are excluded from it for {kind}."] if rule.get("excludeActors") is not None else []
    if (since := moment_in(rule, _SINCE)) is not None:
        told.append(f"For {kind} it holds only for those made after {since:%Y-%m-%d}.")
    return told


def _shown(policy: Facts, credentials: str, type_: str) -> dict[str, object]:
    return {kind: [dict(rule.values) for rule in _rules(policy, kind, credentials, type_)] for kind in _KINDS}


def _short_lived(rule: Facts) -> bool:
    return duration_of(rule, "maxLifetime") <= _LONGEST


_restriction_control("apps.password_addition_is_blocked", _PASSWORDS, "passwordAddition", "Blocking of new secrets")
_restriction_control(
    "apps.password_lifetime", _PASSWORDS, "passwordLifetime", "A lifetime of secrets of at most 180 days", _short_lived
)
_restriction_control(
    "apps.passwords_are_system_generated", _PASSWORDS, "customPasswordAddition", "Blocking of self-chosen secrets"
)
_restriction_control(
    "apps.certificate_lifetime",
    _KEYS,
    "asymmetricKeyLifetime",
    "A lifetime of certificates of at most 180 days",
    _short_lived,
)


@check("m365.third_party_storage_is_off", THIRD_PARTY_STORAGE)
def third_party_storage(evidence: Evidence, _parameters: Parameters) -> Finding:
    """The service principal has to exist and be disabled: while it does not exist, the service is on by default."""
    found = every(evidence, THIRD_PARTY_STORAGE)
    if not found:
        return failed("Third-party storage is on by default: nobody has switched it off.", {"accountEnabled": None})
    observed = found[0].shown("accountEnabled")
    if found[0].flag("accountEnabled"):
        return failed("Microsoft 365 on the web opens files of third-party storage.", observed)
    return passed("Microsoft 365 on the web opens no files of third-party storage.", observed)
