"""Methods, MFA, passwords: of the tenant, of its domains, of its people."""

from typing import Any

from tests.posture.judging import EVERYTHING, Case, Items

from tenantry.observe.catalogue.identity import DOMAINS, ORGANIZATION, USERS
from tenantry.observe.catalogue.policies import (
    AUTHENTICATION_METHODS,
    AUTHENTICATION_METHODS_BETA,
    GROUP_SETTINGS,
    ON_PREMISES_SYNC,
)
from tenantry.observe.catalogue.privileges import MFA_INCAPABLE, NO_PASSWORD_RESET, PER_USER_MFA
from tenantry.posture.licences import Feature
from tenantry.posture.verdicts import Cause, Status

ALL = [{"id": "all_users", "targetType": "group"}]
NEVER = 2147483647
_WITHOUT_P1 = EVERYTHING - {Feature.ENTRA_P1, Feature.ENTRA_P2}


def methods(*rows: dict[str, Any], beta: bool = False, **values: Any) -> Items:
    dataset = AUTHENTICATION_METHODS_BETA if beta else AUTHENTICATION_METHODS
    return {dataset: [{"id": "p", "authenticationMethodConfigurations": list(rows), **values}]}


def method(name: str, state: str | None, **values: Any) -> dict[str, Any]:
    return {"id": name, "state": state, **values}


def features(state: str, target: str = "all_users", **more: Any) -> dict[str, Any]:
    shown = {"state": state, "includeTarget": {"id": target}, **more}
    return {"displayAppInformationRequiredState": shown, "displayLocationInformationRequiredState": shown}


def authenticator(**changed: Any) -> Items:
    values = {"includeTargets": ALL, "excludeTargets": [], "featureSettings": features("enabled"), **changed}
    return methods(method("MicrosoftAuthenticator", values.pop("state", "enabled"), **values))


def rules(**values: Any) -> Items:
    """Password rules as the service sends them: every value is a text."""
    rows = [{"name": name, "value": value} for name, value in values.items()]
    return {GROUP_SETTINGS: [{"id": "r", "templateId": "5cf42378-d67d-4f36-ba46-e8b86229381d", "values": rows}]}


def organization(*, synced: bool | None) -> Items:
    return {ORGANIZATION: [{"id": "o", "onPremisesSyncEnabled": synced}]}


def domain(name: str, days: int | None = NEVER, kind: str = "Managed", *, verified: bool = True) -> dict[str, Any]:
    return {"id": name, "isVerified": verified, "authenticationType": kind, "passwordValidityPeriodInDays": days}


def incapable(*names: str, **values: Any) -> Items:
    rows = [
        {"id": f"id-{name}", "userPrincipalName": name, "userType": "member", "isMfaCapable": False, **values}
        for name in names
    ]
    return {MFA_INCAPABLE: rows}


def per_user(*states: str | None) -> Items:
    rows = [{"id": f"u{place}", "perUserMfaState": state} for place, state in enumerate(states)]
    return {PER_USER_MFA: rows, USERS: [{"id": "u1", "userPrincipalName": "ida@contoso.example"}]}


_WEAK, _MAIL = "authentication.weak_methods_are_off", "authentication.email_codes_are_off"
_FATIGUE, _PREFERRED = "authentication.authenticator_resists_fatigue", "authentication.system_preferred"
_COMPANION, _BANNED = "authentication.companion_apps_are_off", "authentication.banned_passwords"
_PREMISES = "authentication.password_protection_on_premises"
_THRESHOLD, _DURATION = "authentication.lockout_threshold", "authentication.lockout_duration"
_CAPABLE, _PER_USER = "authentication.members_are_mfa_capable", "entra.per_user_mfa_is_off"
_RESET, _EXPIRE, _HASHES = (
    "authentication.self_service_reset_for_all", "entra.passwords_never_expire", "entra.password_hash_sync",
)  # fmt: skip
_OFF = {"featureSettings": {"companionAppAllowedState": {"state": "disabled"}}}
_ON = {"featureSettings": {"companionAppAllowedState": {"state": "enabled"}}}
_CHANGED, _MISSING = Cause.API_CHANGED, Cause.NOT_COLLECTED


def preferences(state: str, targets: list[dict[str, Any]]) -> Items:
    told = {"state": state, "includeTargets": targets, "excludeTargets": [{"id": "robots"}]}
    return methods(beta=True, systemCredentialPreferences=told)


CASES = [
    Case(_WEAK, "both off", Status.PASS, methods(method("Sms", "disabled"), method("Voice", "disabled"))),
    Case(_WEAK, "texts on", Status.FAIL, methods(method("Sms", "enabled"), method("Voice", "disabled")), "Sms"),
    Case(_WEAK, "calls on", Status.FAIL, methods(method("sms", "disabled"), method("voice", "enabled")), "Voice"),
    Case(_WEAK, "one vanished", Status.ERROR, methods(method("Sms", "disabled")), cause=_CHANGED),
    Case(_WEAK, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(_MAIL, "off", Status.PASS, methods(method("Email", "disabled"))),
    Case(_MAIL, "on", Status.FAIL, methods(method("Email", "enabled"))),
    Case(_MAIL, "no state", Status.ERROR, methods(method("Email", None)), cause=_CHANGED),
    Case(_FATIGUE, "as it should be", Status.PASS, authenticator()),
    Case(_FATIGUE, "some are left out", Status.PASS, authenticator(excludeTargets=[{"id": "robots"}]), review="robots"),
    Case(_FATIGUE, "off", Status.FAIL, authenticator(state="disabled")),
    Case(_FATIGUE, "for a group", Status.FAIL, authenticator(includeTargets=[{"id": "pilot"}]), "not for everybody"),
    Case(_FATIGUE, "as Microsoft ships it", Status.FAIL, authenticator(featureSettings=features("default")), "does not show"),
    Case(_FATIGUE, "shown to a group", Status.FAIL, authenticator(featureSettings=features("enabled", "pilot"))),
    Case(
        _FATIGUE, "not shown to some", Status.PASS,
        authenticator(featureSettings=features("enabled", excludeTarget={"id": "pilot"})), review="pilot",
    ),
    Case(
        _FATIGUE, "nobody excluded, as Microsoft writes it", Status.PASS,
        authenticator(featureSettings=features("enabled", excludeTarget={"id": "00000000-0000-0000-0000-000000000000"})),
    ),
    Case(_FATIGUE, "features are absent", Status.ERROR, authenticator(featureSettings={}), cause=_CHANGED),
    Case(_FATIGUE, "features are null", Status.ERROR, authenticator(featureSettings=None), cause=_CHANGED),
    Case(_FATIGUE, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(_PREFERRED, "for all", Status.PASS, preferences("enabled", ALL), review="robots"),
    Case(_PREFERRED, "as shipped", Status.FAIL, preferences("default", ALL)),
    Case(_PREFERRED, "for some", Status.FAIL, preferences("enabled", [{"id": "pilot"}])),
    Case(_PREFERRED, "left out", Status.ERROR, methods(beta=True), cause=_CHANGED),
    Case(_COMPANION, "off", Status.PASS, methods(method("MicrosoftAuthenticator", "enabled", **_OFF), beta=True)),
    Case(_COMPANION, "on", Status.FAIL, methods(method("microsoftAuthenticator", "enabled", **_ON), beta=True)),
    Case(_COMPANION, "absent", Status.ERROR, methods(method("MicrosoftAuthenticator", "enabled"), beta=True), cause=_CHANGED),
    Case(_BANNED, "words", Status.PASS, rules(EnableBannedPasswordCheck="True", BannedPasswordList="contoso\tsummer")),
    Case(_BANNED, "no words", Status.FAIL, rules(EnableBannedPasswordCheck="true", BannedPasswordList=""), "empty"),
    Case(_BANNED, "off", Status.FAIL, rules(EnableBannedPasswordCheck="False", BannedPasswordList="contoso")),
    Case(_BANNED, "no object", Status.FAIL, {GROUP_SETTINGS: []}, "nobody has set one"),
    Case(_BANNED, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(
        _PREMISES, "enforced", Status.PASS,
        {**organization(synced=True), **rules(EnableBannedPasswordCheckOnPremises="True", BannedPasswordCheckOnPremisesMode="Enforce")},
    ),
    Case(
        _PREMISES, "audited", Status.FAIL,
        {**organization(synced=True), **rules(EnableBannedPasswordCheckOnPremises="True", BannedPasswordCheckOnPremisesMode="Audit")},
        "only noted",
    ),
    Case(
        _PREMISES, "off", Status.FAIL,
        {**organization(synced=True), **rules(EnableBannedPasswordCheckOnPremises="False", BannedPasswordCheckOnPremisesMode="Enforce")},
    ),
    Case(_PREMISES, "no object", Status.FAIL, {**organization(synced=True), GROUP_SETTINGS: []}),
    Case(_PREMISES, "cloud only", Status.NOT_APPLICABLE, {**organization(synced=None), GROUP_SETTINGS: []}),
    Case(_PREMISES, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(_THRESHOLD, "ten", Status.PASS, rules(LockoutThreshold="10"), "10"),
    Case(_THRESHOLD, "eleven", Status.FAIL, rules(LockoutThreshold="11")),
    Case(_THRESHOLD, "none", Status.FAIL, rules(LockoutThreshold="0")),
    Case(_THRESHOLD, "default", Status.PASS, {GROUP_SETTINGS: []}, review="default"),
    Case(_THRESHOLD, "default, read strictly", Status.FAIL, {GROUP_SETTINGS: []}, parameters={"default_lockout_passes": False}),
    Case(_THRESHOLD, "no number", Status.ERROR, rules(LockoutThreshold="ten"), cause=_CHANGED),
    Case(_DURATION, "a minute", Status.PASS, rules(LockoutDurationInSeconds="60")),
    Case(_DURATION, "less", Status.FAIL, rules(LockoutDurationInSeconds="59")),
    Case(_DURATION, "default", Status.PASS, {GROUP_SETTINGS: []}, review="default"),
    Case(_DURATION, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(_CAPABLE, "everybody", Status.PASS, incapable()),
    Case(_CAPABLE, "one member", Status.FAIL, incapable("ida@contoso.example"), affected=["ida@contoso.example"]),
    Case(_CAPABLE, "the synchronising account", Status.PASS, incapable("Sync_DC01_1@contoso.onmicrosoft.com")),
    Case(_CAPABLE, "it is named", Status.PASS, incapable("Sync_DC01_1@contoso.onmicrosoft.com"), review="Sync_DC01"),
    Case(_CAPABLE, "the cloud's one", Status.PASS, incapable("ADToAADSyncServiceAccount@contoso.onmicrosoft.com")),
    Case(_CAPABLE, "somebody who is called so", Status.FAIL, incapable("sync_ida@contoso.example"), "1 members"),
    Case(_CAPABLE, "a guest", Status.PASS, incapable("guest@elsewhere.example", userType="guest")),
    Case(_CAPABLE, "in another casing", Status.FAIL, incapable("ida@contoso.example", userType="Member")),
    Case(
        _CAPABLE, "an exception", Status.PASS, incapable("Robot@contoso.example"), review="Robot",
        parameters={"mfa_exceptions": ["robot@contoso.example"]},
    ),
    Case(_CAPABLE, "no P1", Status.NOT_APPLICABLE, {}, features=_WITHOUT_P1),
    Case(_CAPABLE, "left out", Status.ERROR, incapable("ida@contoso.example", isMfaCapable=None), cause=_CHANGED),
    Case(_PER_USER, "nobody", Status.PASS, per_user("disabled", "disabled"), "None of 2"),
    Case(_PER_USER, "one enabled", Status.FAIL, per_user("disabled", "enabled"), affected=["ida@contoso.example"]),
    Case(_PER_USER, "one enforced", Status.FAIL, per_user("enforced"), "1 of 1"),
    Case(_PER_USER, "names are not known", Status.FAIL, {PER_USER_MFA: per_user("enabled")[PER_USER_MFA]}, affected=["u0"]),
    Case(_PER_USER, "of no users at all", Status.ERROR, {PER_USER_MFA: []}, cause=_CHANGED),
    Case(_PER_USER, "unknown", Status.ERROR, per_user(None), cause=_CHANGED),
    Case(_PER_USER, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(_RESET, "for everybody", Status.MANUAL, {NO_PASSWORD_RESET: []}, "open to every member"),
    Case(
        _RESET, "not for two", Status.MANUAL,
        {NO_PASSWORD_RESET: [{"id": str(n), "userType": "member", "isSsprEnabled": n > 1} for n in range(3)]},
        "closed to 2 members", affected=["0", "1"],
    ),
    Case(_EXPIRE, "never", Status.PASS, {DOMAINS: [domain("contoso.example"), domain("contoso.onmicrosoft.com")]}),
    Case(
        _EXPIRE, "the second domain", Status.FAIL, {DOMAINS: [domain("contoso.example"), domain("second.example", 90)]},
        affected=["second.example"],
    ),
    Case(_EXPIRE, "a child inherits", Status.PASS, {DOMAINS: [domain("contoso.example"), domain("eu.contoso.example", None)]}),
    Case(_EXPIRE, "a child of one that expires", Status.FAIL, {DOMAINS: [domain("a.example", 30), domain("eu.a.example", None)]}),
    Case(_EXPIRE, "nothing stated", Status.FAIL, {DOMAINS: [domain("a.example", None)]}, affected=["a.example"]),
    Case(_EXPIRE, "not verified", Status.PASS, {DOMAINS: [domain("a.example"), domain("b.example", 90, verified=False)]}),
    Case(
        _EXPIRE, "one is federated", Status.PASS, {DOMAINS: [domain("a.example"), domain("b.example", 90, "Federated")]},
        review="b.example",
    ),
    Case(_EXPIRE, "no domains came", Status.ERROR, {DOMAINS: []}, cause=_CHANGED),
    Case(_EXPIRE, "none is verified", Status.ERROR, {DOMAINS: [domain("a.example", verified=False)]}, cause=_CHANGED),
    Case(_EXPIRE, "all are federated", Status.NOT_APPLICABLE, {DOMAINS: [domain("a.example", 90, "Federated")]}),
    Case(_EXPIRE, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(
        _HASHES, "on", Status.PASS,
        {**organization(synced=True), ON_PREMISES_SYNC: [{"id": "s", "features": {"passwordSyncEnabled": True}}]},
    ),
    Case(
        _HASHES, "synchronised, but without hashes", Status.FAIL,
        {**organization(synced=True), ON_PREMISES_SYNC: [{"id": "s", "features": {"passwordSyncEnabled": False}}]},
    ),
    Case(_HASHES, "cloud only", Status.NOT_APPLICABLE, organization(synced=None)),
    Case(_HASHES, "not collected", Status.ERROR, organization(synced=True), cause=_MISSING),
]  # fmt: skip
