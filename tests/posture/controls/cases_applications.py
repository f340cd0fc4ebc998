"""Consent and credentials of applications, third-party storage, settings of the organisation."""

from typing import Any

from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.policies import (
    ADMIN_CONSENT,
    APP_MANAGEMENT,
    APPS_AND_SERVICES,
    FORMS,
    THIRD_PARTY_STORAGE,
)
from tenantry.posture.verdicts import Cause, Status

BOTH = ("applicationRestrictions", "servicePrincipalRestrictions")


def rules(*kinds: str, enabled: bool = True, credentials: str = "passwordCredentials", **rule: Any) -> Items:
    """The default policy with one rule for each of these kinds."""
    held = {kind: {credentials: [{"state": "enabled", **rule}]} for kind in kinds}
    return {APP_MANAGEMENT: [{"id": "p", "isEnabled": enabled, **dict.fromkeys(BOTH), **held}]}


def _restriction(key: str, type_: str, credentials: str = "passwordCredentials", **good: Any) -> list[Case]:
    """What has to hold for every restriction: for both kinds, on, in force, and not only for the future."""
    given: dict[str, Any] = {"credentials": credentials, "restrictionType": type_, **good}
    since_ever = "0001-01-01T00:00:00Z"
    return [
        Case(key, "for both", Status.PASS, rules(*BOTH, **given)),
        Case(key, "since ever", Status.PASS, rules(*BOTH, restrictForAppsCreatedAfterDateTime=since_ever, **given)),
        Case(
            key, "since last year", Status.PASS,
            rules(*BOTH, restrictForAppsCreatedAfterDateTime="2025-01-01T00:00:00Z", **given), review="2025-01-01",
        ),
        Case(
            key, "from next year on", Status.FAIL,
            rules(*BOTH, restrictForAppsCreatedAfterDateTime="2027-01-01T00:00:00Z", **given),
            affected=["applications", "service principals"],
        ),
        Case(key, "from a day nobody can read", Status.ERROR,
             rules(*BOTH, restrictForAppsCreatedAfterDateTime="soon", **given), cause=Cause.API_CHANGED),
        Case(key, "but for some", Status.PASS, rules(*BOTH, excludeActors={"x": []}, **given), review="Some actors"),
        Case(key, "neither on nor off", Status.ERROR, rules(*BOTH, **{**given, "state": None}), cause=Cause.API_CHANGED),
        Case(key, "for applications only", Status.FAIL, rules(BOTH[0], **given), affected=["service principals"]),
        Case(key, "for service principals only", Status.FAIL, rules(BOTH[1], **given), affected=["applications"]),
        Case(key, "the rule is off", Status.FAIL, rules(*BOTH, **{**given, "state": "disabled"})),
        Case(key, "the policy is off", Status.FAIL, rules(*BOTH, enabled=False, **given), "is off"),
        Case(key, "of another type", Status.FAIL, rules(*BOTH, **{**given, "restrictionType": "other"})),
        Case(key, "nothing is restricted", Status.FAIL, rules()),
        Case(key, "isEnabled is absent", Status.ERROR, {APP_MANAGEMENT: [{"id": "p"}]}, cause=Cause.API_CHANGED),
        Case(key, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    ]  # fmt: skip


def _lifetime(key: str, type_: str, credentials: str = "passwordCredentials") -> list[Case]:
    given: dict[str, Any] = {"credentials": credentials, "restrictionType": type_}
    return [
        *_restriction(key, type_, credentials, maxLifetime="P180D"),
        Case(key, "half a year in months", Status.PASS, rules(*BOTH, maxLifetime="P6M", **given)),
        Case(key, "a day longer", Status.FAIL, rules(*BOTH, maxLifetime="P181D", **given)),
        Case(key, "ten years", Status.FAIL, rules(*BOTH, maxLifetime="P10Y", **given)),
        Case(key, "no length", Status.ERROR, rules(*BOTH, **given), cause=Cause.API_CHANGED),
        Case(key, "no duration", Status.ERROR, rules(*BOTH, maxLifetime="soon", **given), cause=Cause.API_CHANGED),
    ]


_WORKFLOW, _STORAGE = "apps.admin_consent_workflow", "m365.third_party_storage_is_off"
_OWNED, _SCAN = "m365.user_owned_apps_are_restricted", "m365.forms_phishing_protection"


def _apps(store: Any, trial: Any, *, nested: bool = True) -> Items:
    held = {"isOfficeStoreEnabled": store, "isAppAndServicesTrialEnabled": trial}
    return {APPS_AND_SERVICES: [{"id": "settings", **({"settings": held} if nested else held)}]}


CASES = [
    *_restriction("apps.password_addition_is_blocked", "passwordAddition"),
    *_restriction("apps.passwords_are_system_generated", "customPasswordAddition"),
    *_lifetime("apps.password_lifetime", "passwordLifetime"),
    *_lifetime("apps.certificate_lifetime", "asymmetricKeyLifetime", "keyCredentials"),
    Case(_WORKFLOW, "on", Status.PASS, {ADMIN_CONSENT: [{"isEnabled": True}]}),
    Case(_WORKFLOW, "off", Status.FAIL, {ADMIN_CONSENT: [{"isEnabled": False}]}),
    Case(_WORKFLOW, "nothing came", Status.ERROR, {ADMIN_CONSENT: []}, cause=Cause.API_CHANGED),
    Case(_WORKFLOW, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_STORAGE, "disabled", Status.PASS, {THIRD_PARTY_STORAGE: [{"id": "s", "accountEnabled": False}]}),
    Case(_STORAGE, "enabled", Status.FAIL, {THIRD_PARTY_STORAGE: [{"id": "s", "accountEnabled": True}]}),
    Case(_STORAGE, "no service principal", Status.FAIL, {THIRD_PARTY_STORAGE: []}, "by default"),
    Case(_STORAGE, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_OWNED, "both off", Status.PASS, _apps(False, False)),
    Case(_OWNED, "both off, bare", Status.PASS, _apps(False, False, nested=False)),
    Case(_OWNED, "the store", Status.FAIL, _apps(True, False)),
    Case(_OWNED, "trials", Status.FAIL, _apps(False, True)),
    Case(_OWNED, "one is absent", Status.ERROR, _apps(False, None), cause=Cause.API_CHANGED),
    Case(_OWNED, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_SCAN, "on", Status.PASS, {FORMS: [{"settings": {"isInOrgFormsPhishingScanEnabled": True}}]}),
    Case(_SCAN, "on, bare", Status.PASS, {FORMS: [{"isInOrgFormsPhishingScanEnabled": True}]}),
    Case(_SCAN, "off", Status.FAIL, {FORMS: [{"settings": {"isInOrgFormsPhishingScanEnabled": False}}]}),
    Case(_SCAN, "absent", Status.ERROR, {FORMS: [{"settings": {}}]}, cause=Cause.API_CHANGED),
    Case(_SCAN, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
]
