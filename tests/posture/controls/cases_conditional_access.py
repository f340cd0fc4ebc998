"""Conditional Access: for each control the policy that satisfies it, and everything that keeps one from doing so."""

import json
from collections.abc import Mapping
from typing import Any

from tests.posture.judging import EVERYTHING, Case, Items

from tenantry.observe.catalogue.identity import CONDITIONAL_ACCESS
from tenantry.observe.catalogue.policies import NAMED_LOCATIONS, TIMEOUT_POLICIES
from tenantry.posture.controls.policies import ADMIN_ROLES
from tenantry.posture.licences import Feature
from tenantry.posture.verdicts import Cause, Status

Changes = Mapping[str, Any]
ROLES = list(ADMIN_ROLES)
_STRENGTH = "grantControls.authenticationStrength"
_P1, _P2 = {Feature.ENTRA_P1}, {Feature.ENTRA_P2}
NO_P1, NO_P2 = EVERYTHING - _P1 - _P2, EVERYTHING - _P2


def policy(changes: Changes, name: str = "Good") -> dict[str, Any]:
    """An enabled policy for all users and applications, as Graph sends it, with these dotted paths set."""
    made: dict[str, Any] = {
        "id": f"id-{name}",
        "displayName": name,
        "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "platforms": None,
            "locations": None,
            "devices": None,
            "users": {"includeUsers": ["All"], "excludeUsers": [], "includeRoles": [], "includeGroups": []},
            "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": []},
        },
        "grantControls": None,
        "sessionControls": None,
    }
    for path, value in changes.items():
        *way, last = path.split(".")
        held = made
        for part in way:
            held[part] = held = dict(held.get(part) or {})
        held[last] = value
    return made


def only(changes: Changes, **more: Any) -> Items:
    return {CONDITIONAL_ACCESS: [policy({**changes, **more})]}


FOR_ROLES: Changes = {"conditions.users.includeUsers": [], "conditions.users.includeRoles": ROLES}
MFA: Changes = {"grantControls.operator": "OR", "grantControls.builtInControls": ["mfa"]}
BLOCK: Changes = {"grantControls.operator": "OR", "grantControls.builtInControls": ["block"]}
MANAGED: Changes = {
    "grantControls.operator": "OR",
    "grantControls.builtInControls": ["compliantDevice", "domainJoinedDevice"],
}
EVERY_TIME: Changes = {"sessionControls.signInFrequency": {"isEnabled": True, "frequencyInterval": "everyTime"}}
RISKY: Changes = {"conditions.signInRiskLevels": ["high", "medium"]}
RESISTANT: Changes = {
    f"{_STRENGTH}.id": "s",
    f"{_STRENGTH}.allowedCombinations": ["fido2", "x509CertificateMultiFactor"],
}


def frequency(value: int, unit: str) -> Changes:
    given = {"isEnabled": True, "frequencyInterval": "timeBased", "type": unit, "value": value}
    return {"sessionControls.signInFrequency": given}


REPORTING: Changes = {"state": "enabledForReportingButNotEnforced"}
MODERN: Changes = {"conditions.clientAppTypes": ["browser", "mobileAppsAndDesktopClients"]}
NEVER_PERSISTENT: Changes = {"sessionControls.persistentBrowser": {"isEnabled": True, "mode": "never"}}

GOOD: dict[str, Changes] = {
    "access.mfa_for_admins": {**FOR_ROLES, **MFA},
    "access.mfa_for_everyone": MFA,
    "access.legacy_authentication_is_blocked": {**BLOCK, "conditions.clientAppTypes": ["exchangeActiveSync", "other"]},
    "access.admin_sessions_are_short": {**FOR_ROLES, **frequency(4, "hours"), **NEVER_PERSISTENT},
    "access.phishing_resistant_mfa_for_admins": {**FOR_ROLES, **RESISTANT},
    "access.user_risk": {
        "conditions.userRiskLevels": ["high"], "grantControls.operator": "AND",
        "grantControls.builtInControls": ["mfa", "passwordChange"], **EVERY_TIME,
    },
    "access.sign_in_risk": {**RISKY, **MFA, **EVERY_TIME},
    "access.sign_in_risk_is_blocked": {**RISKY, **BLOCK},
    "access.managed_device_is_required": MANAGED,
    "access.managed_device_to_register_security_information": {
        **MANAGED, "conditions.applications.includeApplications": [],
        "conditions.applications.includeUserActions": ["urn:user:registersecurityinfo"],
    },
    "access.intune_enrolment_sign_in_frequency": {
        **MFA, **EVERY_TIME, "conditions.applications.includeApplications": ["d4ebce55-015a-49b5-a083-c84d1797ae8c"],
    },
    "access.device_code_flow_is_blocked": {
        **BLOCK, "conditions.authenticationFlows": {"transferMethods": "deviceCodeFlow"},
    },
    "access.authentication_transfer_is_blocked": {
        **BLOCK, "conditions.authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"},
    },
    "access.periodic_reauthentication": frequency(7, "days"),
    "access.token_protection": {
        "conditions.applications.includeApplications": [
            "00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000",
            "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
        ],
        "conditions.platforms.includePlatforms": ["windows"],
        "conditions.clientAppTypes": ["mobileAppsAndDesktopClients"],
        "sessionControls.secureSignInSession": {"isEnabled": True},
    },
}  # fmt: skip
"""The policy that satisfies each control."""
ONE_ROLE = {"conditions.users.includeRoles": ROLES[:1]}
ONE_USER = {"conditions.users.includeUsers": ["somebody"], "conditions.users.includeRoles": []}
BAD: dict[str, list[Changes]] = {
    "access.mfa_for_admins": [ONE_ROLE, ONE_USER, {"conditions.users.includeRoles": ROLES[1:]}, BLOCK],
    "access.mfa_for_everyone": [ONE_USER, BLOCK, {"conditions.userRiskLevels": ["high"]}],
    "access.legacy_authentication_is_blocked": [{"conditions.clientAppTypes": ["other"]}, MFA],
    "access.admin_sessions_are_short": [
        ONE_USER, frequency(5, "hours"), frequency(1, "days"), {"sessionControls.persistentBrowser": None},
        {"sessionControls.persistentBrowser": {"isEnabled": True, "mode": "always"}},
    ],
    "access.phishing_resistant_mfa_for_admins": [
        ONE_USER, {f"{_STRENGTH}.allowedCombinations": ["fido2", "password,sms"]},
        {f"{_STRENGTH}.allowedCombinations": []}, {"grantControls": {"builtInControls": ["mfa"]}},
    ],
    "access.user_risk": [{"conditions.userRiskLevels": ["low"]}, MFA, {"sessionControls": None}],
    "access.sign_in_risk": [{"conditions.signInRiskLevels": ["high"]}, {"sessionControls": None}],
    "access.sign_in_risk_is_blocked": [MFA, {"conditions.applications.excludeApplications": ["an-app"]}],
    "access.managed_device_is_required": [
        {"grantControls.operator": "AND"}, {"grantControls.builtInControls": ["domainJoinedDevice"]},
        {"grantControls.builtInControls": ["compliantDevice", "mfa"]},
    ],
    "access.managed_device_to_register_security_information": [
        {"conditions.applications.includeUserActions": ["urn:user:registerdevice"]}, MFA,
    ],
    "access.intune_enrolment_sign_in_frequency": [{"conditions.applications.includeApplications": ["other"]}, BLOCK],
    "access.device_code_flow_is_blocked": [{"conditions.authenticationFlows": None}, MFA],
    "access.authentication_transfer_is_blocked": [
        {"conditions.authenticationFlows": {"transferMethods": "deviceCodeFlow"}}, MFA,
    ],
    "access.periodic_reauthentication": [frequency(8, "days"), EVERY_TIME, {"conditions.signInRiskLevels": ["high"]}],
    "access.token_protection": [
        {"conditions.users.includeUsers": ["None"]}, {"conditions.platforms.includePlatforms": ["macOS"]},
        {"conditions.clientAppTypes": ["all"]}, {"sessionControls": None},
        {"conditions.applications.includeApplications": ["00000002-0000-0ff1-ce00-000000000000"]},
    ],
}  # fmt: skip
"""What is changed about the good one so that it does not satisfy the control any more."""
EVERYWHERE = set(GOOD) - {"access.token_protection"}
"""Controls that need all users or all administrators."""
_RISK = {"access.user_risk", "access.sign_in_risk", "access.sign_in_risk_is_blocked"}


def _cases(key: str) -> list[Case]:
    good, missing = GOOD[key], NO_P2 if key in _RISK else NO_P1
    unlicensed = (
        Case(key, "no P2", Status.NOT_APPLICABLE, only(good), features=missing)
        if key in _RISK
        else Case(key, "no P1", Status.FAIL, only(good), "licence gap", cause=Cause.NOT_LICENSED, features=missing)
    )
    return [
        Case(key, "one good policy", Status.PASS, only(good), "Good"),
        Case(key, "a good one among others", Status.PASS, {CONDITIONAL_ACCESS: [policy(BLOCK, "Other"), policy(good)]}),
        Case(key, "no policies", Status.FAIL, {CONDITIONAL_ACCESS: []}, "No enabled policy"),
        Case(key, "report-only", Status.FAIL, only({**good, **REPORTING}), "report-only"),
        Case(key, "disabled", Status.FAIL, only({**good, "state": "disabled"}), "No enabled policy"),
        Case(
            key, "somebody is excluded", Status.PASS, only({**good, "conditions.users.excludeUsers": ["boss"]}),
            review="excludes users: boss",
        ),
        Case(key, "the state is absent", Status.ERROR, only({**good, "state": None}), cause=Cause.API_CHANGED),
        Case(key, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
        unlicensed,
        *(Case(key, f"changed {n}", Status.FAIL, only({**good, **changes})) for n, changes in enumerate(BAD[key])),
    ]  # fmt: skip


_ADMINS, _ALL = "access.mfa_for_admins", "access.mfa_for_everyone"
_DEVICE = "access.managed_device_is_required"
_GRANTS = "grantControls.builtInControls"
STRICT = {"all_locations_cover_untrusted": False}
_TRUSTED, _PLACES, _IDLE = (
    "access.trusted_locations_are_defined", "access.geographic_restrictions", "m365.idle_sessions_end",
)  # fmt: skip


def location(name: str, *, trusted: bool, ranges: int = 1) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.ipNamedLocation", "id": name, "displayName": name, "isTrusted": trusted,
        "ipRanges": [{"cidrAddress": "203.0.113.0/24"}] * ranges,
    }  # fmt: skip


_COUNTRY = {"@odata.type": "#microsoft.graph.countryNamedLocation", "id": "far", "displayName": "Far away"}


def places(include: list[str], exclude: list[str], *, grants: Changes = BLOCK) -> Items:
    where = {"conditions.locations": {"includeLocations": include, "excludeLocations": exclude}}
    known = [location("office", trusted=True), _COUNTRY]
    return {CONDITIONAL_ACCESS: [policy({**grants, **where})], NAMED_LOCATIONS: known}


def idle(timeout: str | None, changes: Changes | None = None) -> Items:
    told = {"ActivityBasedTimeoutPolicy": {"ApplicationPolicies": [{"WebSessionIdleTimeout": timeout}]}}
    limits = {
        "conditions.applications.includeApplications": ["Office365"], "conditions.clientAppTypes": ["browser"],
        "sessionControls.applicationEnforcedRestrictions": {"isEnabled": True},
    }  # fmt: skip
    timeouts = [{"id": "t", "displayName": "Idle", "definition": [json.dumps(told)]}] if timeout else []
    return {TIMEOUT_POLICIES: timeouts, CONDITIONAL_ACCESS: [policy({**limits, **(changes or {})})]}


def _filter(mode: str) -> Changes:
    return {"conditions.devices": {"deviceFilter": {"mode": mode, "rule": 'device.trustType -eq "ServerAD"'}}}


_LEFT_OUT: Changes = {
    "conditions.users.excludeRoles": ["r"],
    "conditions.users.excludeGroups": [str(number) for number in range(7)],
    "conditions.users.excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"},
    "conditions.applications.excludeApplications": ["a"],
    "conditions.locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
}
CASES = [
    *(case for key in GOOD for case in _cases(key)),
    Case(_ADMINS, "a strength is as good as MFA", Status.PASS, only({**FOR_ROLES, f"{_STRENGTH}.id": "s"})),
    Case(_ADMINS, "for all users", Status.PASS, only(MFA)),
    Case(_ADMINS, "for all users, read strictly", Status.FAIL, only(MFA), parameters={"all_users_cover_roles": False}),
    Case(_ALL, "a strength is as good as MFA", Status.PASS, only({f"{_STRENGTH}.id": "s"})),
    Case(_ALL, "for modern clients, the others are blocked elsewhere", Status.PASS, only({**MFA, **MODERN})),
    Case(_ALL, "for browsers alone", Status.FAIL, only({**MFA, "conditions.clientAppTypes": ["browser"]})),
    Case(_ALL, "on phones alone", Status.FAIL, only({**MFA, "conditions.platforms": {"includePlatforms": ["iOS"]}})),
    Case(_ALL, "from a place alone", Status.FAIL, only({**MFA, "conditions.locations": {"includeLocations": ["x"]}})),
    Case(
        _ALL, "or a device instead", Status.PASS, only(MFA, **{_GRANTS: ["mfa", "compliantDevice"]}),
        review="without MFA",
    ),
    Case(_ALL, "a strength that is none", Status.PASS, only({_STRENGTH: {"id": "s", "requirementsSatisfied": "none"}}), review="does not count"),
    Case(_ALL, "within times alone", Status.FAIL, only({**MFA, "conditions.times": {"includedRanges": []}})),
    Case(_ALL, "at insider risk alone", Status.FAIL, only({**MFA, "conditions.insiderRiskLevels": "elevated"})),
    Case(_ALL, "on filtered devices alone", Status.FAIL, only({**MFA, **_filter("include")})),
    Case(_ALL, "but on filtered devices", Status.PASS, only({**MFA, **_filter("exclude")}), review="excludes devices by a filter"),
    Case(_ALL, "no authentication flow is none", Status.PASS, only({**MFA, "conditions.authenticationFlows": {"transferMethods": "none"}})),
    Case(_ALL, "roles, guests, applications and places are excluded", Status.PASS, only({**MFA, **_LEFT_OUT}), review="excludes roles: r"),
    Case(_ALL, "guests are named", Status.PASS, only({**MFA, **_LEFT_OUT}), review="excludes guests"),
    Case(_ALL, "applications are named", Status.PASS, only({**MFA, **_LEFT_OUT}), review="excludes applications: a"),
    Case(_ALL, "groups are named, the first five", Status.PASS, only({**MFA, **_LEFT_OUT}), review="excludes groups: 0, 1, 2, 3, 4 and 2 more"),
    Case(_ALL, "places are named", Status.PASS, only({**MFA, **_LEFT_OUT}), review="excludes locations: AllTrusted"),
    Case(_ALL, "an unlicensed Microsoft tenant", Status.FAIL, {}, "licence", cause=Cause.NOT_LICENSED, features=None, refused={CONDITIONAL_ACCESS: "not_licensed"}),
    Case(_ALL, "for groups alone", Status.FAIL, only({**MFA, "conditions.users": {"includeUsers": [], "includeGroups": ["g"]}})),
    Case(_ALL, "for Office 365 alone", Status.FAIL, only({**MFA, "conditions.applications": {"includeApplications": ["Office365"]}}), affected=["Good"]),
    Case(_ADMINS, "roles in capitals", Status.PASS, only({**FOR_ROLES, **MFA, "conditions.users.includeRoles": [role.upper() for role in ROLES]})),
    Case(_ADMINS, "no roles, null", Status.FAIL, only({**MFA, "conditions.users": {"includeUsers": None, "includeRoles": None}})),
    Case(_DEVICE, "or a strength instead", Status.FAIL, only(MANAGED, **{_STRENGTH: {"id": "s"}})),
    Case(_DEVICE, "or terms of use instead", Status.FAIL, only(MANAGED, **{"grantControls.termsOfUse": ["t"]})),
    Case("access.intune_enrolment_sign_in_frequency", "on phones alone", Status.FAIL,
         only({**GOOD["access.intune_enrolment_sign_in_frequency"], "conditions.platforms": {"includePlatforms": ["iOS"]}})),
    Case("access.admin_sessions_are_short", "a frequency without a length", Status.ERROR,
         only({**GOOD["access.admin_sessions_are_short"], "sessionControls.signInFrequency": {"isEnabled": True}}), cause=Cause.API_CHANGED),
    Case("access.sign_in_risk", "blocking is an answer too", Status.PASS, only({**RISKY, **BLOCK})),
    Case(_DEVICE, "compliant devices alone", Status.PASS, only(MANAGED, **{_GRANTS: ["compliantDevice"]})),
    Case(_TRUSTED, "an office", Status.PASS, {NAMED_LOCATIONS: [location("office", trusted=True)]}, "office"),
    Case(_TRUSTED, "none at all", Status.FAIL, {NAMED_LOCATIONS: []}),
    Case(_TRUSTED, "not trusted", Status.FAIL, {NAMED_LOCATIONS: [location("café", trusted=False), _COUNTRY]}),
    Case(_TRUSTED, "without addresses", Status.FAIL, {NAMED_LOCATIONS: [location("office", trusted=True, ranges=0)]}),
    Case(_TRUSTED, "no P1", Status.FAIL, {}, "licence gap", cause=Cause.NOT_LICENSED, features=NO_P1),
    Case(_TRUSTED, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_PLACES, "all but the trusted ones", Status.PASS, places(["All"], ["AllTrusted"])),
    Case(_PLACES, "a country, but not the office", Status.PASS, places(["far"], ["office"])),
    Case(_PLACES, "read strictly", Status.FAIL, places(["All"], ["AllTrusted"]), parameters=STRICT),
    Case(_PLACES, "nothing is left out", Status.FAIL, places(["All"], [])),
    Case(_PLACES, "the office alone", Status.FAIL, places(["office"], ["AllTrusted"])),
    Case(_PLACES, "asks for MFA", Status.FAIL, places(["All"], ["AllTrusted"], grants=MFA)),
    Case(_PLACES, "no P1", Status.FAIL, {}, cause=Cause.NOT_LICENSED, features=NO_P1),
    Case(_PLACES, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_IDLE, "three hours, for browsers", Status.PASS, idle("03:00:00")),
    Case(_IDLE, "four hours", Status.FAIL, idle("04:00:00"), "three hours"),
    Case(_IDLE, "a day", Status.FAIL, idle("1.00:00:00")),
    Case(_IDLE, "three hours and a second", Status.FAIL, idle("03:00:01")),
    Case(_IDLE, "no time at all", Status.FAIL, idle("00:00:00")),
    Case(_IDLE, "on phones alone", Status.FAIL, idle("03:00:00", {"conditions.platforms": {"includePlatforms": ["iOS"]}})),
    Case(_IDLE, "one of two that are called the same", Status.PASS, {
        **idle("03:00:00"), TIMEOUT_POLICIES: [*idle("02:00:00")[TIMEOUT_POLICIES], *idle("12:00:00")[TIMEOUT_POLICIES]],
    }),
    Case(_IDLE, "nothing ends", Status.FAIL, idle(None)),
    Case(_IDLE, "for all clients", Status.FAIL, idle("01:00:00", {"conditions.clientAppTypes": ["all"]})),
    Case(_IDLE, "no restriction", Status.FAIL, idle("01:00:00", {"sessionControls": None})),
    Case(_IDLE, "report-only", Status.FAIL, idle("01:00:00", REPORTING), "report-only"),
    Case(_IDLE, "no time", Status.ERROR, idle("soon"), cause=Cause.API_CHANGED),
    Case(_IDLE, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
]  # fmt: skip
