"""How people prove who they are: methods, MFA, passwords of domains."""

import re
from typing import Final

from tenantry.observe.catalogue.identity import DOMAINS, ORGANIZATION, USERS
from tenantry.observe.catalogue.policies import AUTHENTICATION_METHODS, AUTHENTICATION_METHODS_BETA, ON_PREMISES_SYNC
from tenantry.observe.catalogue.privileges import MFA_INCAPABLE, NO_PASSWORD_RESET, PER_USER_MFA
from tenantry.posture.controls.flags import listed
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import COMPLETE, Evidence, every, one
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Tally, Unexpected, failed, manual, not_applicable, passed

_EVERYBODY: Final = "all_users"
_NEVER: Final = 2147483647
_SYNC_ACCOUNT: Final = re.compile(r"(sync_.+|adtoaadsyncserviceaccount)@.+\.onmicrosoft\.com", re.IGNORECASE)
"""Names of the accounts that Microsoft's tools make to synchronise a directory; nobody signs in with them."""
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"


def _method(evidence: Evidence, name: str, *, beta: bool = False) -> Facts:
    """The configuration of one method. Raises Unexpected when there is none: methods do not vanish."""
    policy = one(evidence, AUTHENTICATION_METHODS_BETA if beta else AUTHENTICATION_METHODS)
    for method in policy.objects("authenticationMethodConfigurations"):
        if method.id.lower() == name.lower():
            return method
    raise Unexpected(f"authenticationMethodConfigurations: {name}", None)


def _excluded(facts: Facts) -> list[str]:
    return [f"Excluded: {target.text('id')}." for target in facts.objects("excludeTargets")]


@check("authentication.weak_methods_are_off", AUTHENTICATION_METHODS)
def weak_methods_are_off(evidence: Evidence, _parameters: Parameters) -> Finding:
    states = {name: _method(evidence, name).text("state") for name in ("Sms", "Voice")}
    on = [name for name, state in states.items() if state != "disabled"]
    if on:
        return failed(f"Methods that are easily intercepted are on: {', '.join(on)}.", states)
    return passed("Text messages and calls are off as methods.", states)


@check("authentication.email_codes_are_off", AUTHENTICATION_METHODS)
def email_codes_are_off(evidence: Evidence, _parameters: Parameters) -> Finding:
    method = _method(evidence, "Email")
    if method.text("state") == "disabled":
        return passed("Codes by email are off as a method.", method.shown("state"))
    return failed("Codes by email are on as a method.", method.shown("state"))


@check("authentication.authenticator_resists_fatigue", AUTHENTICATION_METHODS)
def authenticator_resists_fatigue(evidence: Evidence, _parameters: Parameters) -> Finding:
    method = _method(evidence, "MicrosoftAuthenticator")
    features = ("displayAppInformationRequiredState", "displayLocationInformationRequiredState")
    lacking = [name for name in features if not _is_on_for_everybody(method, f"featureSettings.{name}")]
    everybody = any(target.text("id") == _EVERYBODY for target in method.objects("includeTargets"))
    observed = method.shown("state", "includeTargets", *(f"featureSettings.{name}" for name in features))
    if method.text("state") != "enabled":
        return failed("Microsoft Authenticator is off.", observed)
    if not everybody:
        return failed("Microsoft Authenticator is not for everybody.", observed)
    if lacking:
        return failed("Microsoft Authenticator does not show everybody the application and the place.", observed)
    left_out = [method.text(f"featureSettings.{name}.excludeTarget.id", _NOBODY) for name in features]
    review = [*_excluded(method), *(f"Not shown what it is about: {who}." for who in left_out if who != _NOBODY)]
    return passed("Microsoft Authenticator shows the application and the place.", observed, review)


def _is_on_for_everybody(method: Facts, path: str) -> bool:
    on = method.text(f"{path}.state") == "enabled"
    return on and method.text(f"{path}.includeTarget.id") == _EVERYBODY


@check("authentication.system_preferred", AUTHENTICATION_METHODS_BETA)
def system_preferred(evidence: Evidence, _parameters: Parameters) -> Finding:
    preferences = one(evidence, AUTHENTICATION_METHODS_BETA).object("systemCredentialPreferences")
    observed = preferences.shown("state", "includeTargets")
    if preferences.text("state") != "enabled":
        return failed("People are not asked for their strongest method first.", observed)
    if not any(target.text("id") == _EVERYBODY for target in preferences.objects("includeTargets")):
        return failed("Not everybody is asked for the strongest method first.", observed)
    return passed("Everybody is asked for their strongest method first.", observed, _excluded(preferences))


@check("authentication.companion_apps_are_off", AUTHENTICATION_METHODS_BETA)
def companion_apps_are_off(evidence: Evidence, _parameters: Parameters) -> Finding:
    method = _method(evidence, "MicrosoftAuthenticator", beta=True)
    path = "featureSettings.companionAppAllowedState.state"
    if method.text(path) == "disabled":
        return passed("Companion applications cannot approve sign-ins.", method.shown(path))
    return failed("Companion applications may approve sign-ins.", method.shown(path))


@check(
    "authentication.members_are_mfa_capable",
    MFA_INCAPABLE,
    feature=Feature.ENTRA_P1,
    inputs=("mfa_exceptions",),
)
def members_are_mfa_capable(evidence: Evidence, parameters: Parameters) -> Finding:
    excused = {name.lower() for name in parameters.mfa_exceptions}
    incapable, excepted = Tally(), list[str]()
    for row in evidence.each(MFA_INCAPABLE):
        name = row.text("userPrincipalName", "")
        if row.text("userType", "member").lower() != "member" or row.flag("isMfaCapable"):
            continue
        if _SYNC_ACCOUNT.fullmatch(name):
            excepted.append(f"Left out, since it synchronises the directory: {name}.")
        elif excused & {row.id.lower(), name.lower()}:
            excepted.append(f"Excepted by a parameter: {name}.")
        else:
            incapable.add(Affected(row.id, name or row.id, "cannot use multifactor authentication"))
    observed = {"members_without_mfa": len(incapable), "excepted": len(excepted)}
    if incapable:
        return failed(f"{len(incapable)} members cannot use multifactor authentication.", observed, incapable, excepted)
    return passed("Every member can use multifactor authentication.", observed, excepted)


@check("entra.per_user_mfa_is_off", PER_USER_MFA, helps=(USERS,))
def per_user_mfa_is_off(evidence: Evidence, _parameters: Parameters) -> Finding:
    on, checked = Tally(), 0
    for row in evidence.each(PER_USER_MFA):
        checked += 1
        if (state := row.text("perUserMfaState")) != "disabled":
            on.add(Affected(row.id, row.id, f"per-user MFA is {state}"))
    if not checked:  # there is no Microsoft tenant without users
        raise Unexpected(PER_USER_MFA.name, None)
    if on:
        observed = {"users": checked, "on": len(on)}
        return failed(f"{len(on)} of {checked} users have per-user MFA.", observed, _named(evidence, on))
    return passed(f"None of {checked} users has per-user MFA.", {"users": checked, "on": 0})


def _named(evidence: Evidence, people: Tally) -> Tally:
    """With names where users are known."""
    if evidence.collected(USERS).outcome != COMPLETE:
        return people
    known = evidence.find(USERS, {person.id for person in people[:]})
    return people.named({key: facts.text("userPrincipalName", facts.name) for key, facts in known.items()})


@check("authentication.self_service_reset_for_all", NO_PASSWORD_RESET)
def self_service_reset(evidence: Evidence, _parameters: Parameters) -> Finding:
    """The setting itself is in no interface; whom it leaves out is."""
    closed = Tally()
    for row in evidence.each(NO_PASSWORD_RESET):
        if row.text("userType", "member").lower() == "member" and not row.flag("isSsprEnabled"):
            closed.add(Affected(row.id, row.text("userPrincipalName", row.id), "cannot reset a forgotten password"))
    told = f"closed to {len(closed)} members" if closed else "open to every member who can sign in"
    text = f"Self-service password reset is {told}. Somebody has to attest that it is set to all."
    return manual(text, {"members_without_reset": len(closed)}, affected=closed)


@check("entra.passwords_never_expire", DOMAINS)
def passwords_never_expire(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Every verified managed domain. A child without a value of its own takes that of its root."""
    domains = [row for row in every(evidence, DOMAINS) if row.flag("isVerified")]
    if not domains:  # the first domain of a Microsoft tenant is verified from its beginning
        raise Unexpected(f"{DOMAINS.name}: a verified domain", None)
    managed = [row for row in domains if row.text("authenticationType", "Managed") != "Federated"]
    days = {row.id.lower(): row.get("passwordValidityPeriodInDays") for row in domains}
    observed = {row.id: _days_of(row, days) for row in managed}
    review = [f"{row.id} is federated: its passwords live elsewhere." for row in domains if row not in managed]
    if not managed:
        return not_applicable(
            "Every verified domain is federated: its passwords live elsewhere.", {"domains": len(domains)}
        )
    expiring = [row for row in managed if observed[row.id] != _NEVER]
    if expiring:
        affected = [Affected(row.id, row.id, _expiry(observed[row.id])) for row in expiring]
        return failed(f"Passwords expire in {listed([row.id for row in expiring])}.", observed, affected, review)
    return passed("Passwords never expire in any domain.", observed, review)


def _days_of(domain: Facts, known: dict[str, int | None]) -> int | None:
    own = domain.get("passwordValidityPeriodInDays")
    if own is not None:
        return domain.number("passwordValidityPeriodInDays")
    labels = domain.id.lower().split(".")
    parents = (".".join(labels[start:]) for start in range(1, len(labels) - 1))
    return next((known[parent] for parent in parents if known.get(parent) is not None), None)


def _expiry(days: int | None) -> str:
    return (
        "states no validity, so Microsoft's default applies" if days is None else f"passwords expire after {days} days"
    )


@check("entra.password_hash_sync", ORGANIZATION, helps=(ON_PREMISES_SYNC,))
def password_hash_sync(evidence: Evidence, _parameters: Parameters) -> Finding:
    organization = one(evidence, ORGANIZATION)
    if not organization.flag("onPremisesSyncEnabled", default=False):
        return not_applicable(
            "Nothing is synchronised from Active Directory.", organization.shown("onPremisesSyncEnabled")
        )
    sync = one(evidence, ON_PREMISES_SYNC)
    path = "features.passwordSyncEnabled"
    if sync.flag(path):
        return passed("Hashes of passwords are synchronised.", sync.shown(path))
    return failed("Hashes of passwords are not synchronised.", sync.shown(path))
