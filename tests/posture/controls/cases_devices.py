"""Joining and enrolling devices."""

from typing import Any

from tests.posture.judging import EVERYTHING, Case, Items

from tenantry.observe.catalogue.policies import (
    DEVICE_MANAGEMENT,
    DEVICE_REGISTRATION,
    DEVICE_REGISTRATION_BETA,
    ENROLMENT_RESTRICTIONS,
)
from tenantry.posture.licences import Feature
from tenantry.posture.verdicts import Cause, Status

_WITHOUT = EVERYTHING - {Feature.INTUNE}
_PLATFORMS = ("windows", "ios", "android", "androidForWork", "macOS")


def join(**values: Any) -> Items:
    return {DEVICE_REGISTRATION_BETA: [{"id": "p", "azureADJoin": values}]}


def registration(**values: Any) -> Items:
    return {DEVICE_REGISTRATION: [{"id": "p", **values}]}


def membership(kind: str) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{kind}DeviceRegistrationMembership"}


def _limited(key: str, place: Any) -> list[Case]:
    return [
        Case(key, "chosen people", Status.PASS, place(membership("enumerated")), "not everybody"),
        Case(key, "nobody", Status.PASS, place(membership("no")), "Nobody"),
        Case(key, "everybody", Status.FAIL, place(membership("all")), "Everybody"),
        Case(key, "a kind nobody knows", Status.ERROR, place(membership("some")), cause=Cause.API_CHANGED),
        Case(key, "null", Status.ERROR, place(None), cause=Cause.API_CHANGED),
        Case(key, "no type", Status.ERROR, place({}), cause=Cause.API_CHANGED),
        Case(key, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    ]


def enrolment(**changed: Any) -> Items:
    """The default restrictions, with all platforms closed but for what is changed, beside one of a higher priority."""
    closed = {
        f"{name}Restriction": {"platformBlocked": False, "personalDeviceEnrollmentBlocked": True} for name in _PLATFORMS
    }
    default = {"id": "t_DefaultPlatformRestrictions", "priority": 0, **closed, **changed}
    return {ENROLMENT_RESTRICTIONS: [{"id": "t_Other", "priority": 1}, default]}


_OPEN = {"platformBlocked": False, "personalDeviceEnrollmentBlocked": False}
_GLOBAL, _LAPS = "devices.global_admin_is_not_local_admin", "devices.local_admin_passwords_are_managed"
_QUOTA, _DEFAULT = "devices.quota_is_limited", "intune.devices_without_policy_are_not_compliant"
_ENROL = "intune.personal_enrolment_is_blocked"

CASES = [
    *_limited("devices.join_is_restricted", lambda kind: join(allowedToJoin=kind)),
    *_limited("devices.local_admins_are_limited", lambda kind: join(localAdmins={"registeringUsers": kind})),
    Case(_GLOBAL, "off", Status.PASS, join(localAdmins={"enableGlobalAdmins": False})),
    Case(_GLOBAL, "on", Status.FAIL, join(localAdmins={"enableGlobalAdmins": True})),
    Case(_GLOBAL, "absent", Status.ERROR, join(), cause=Cause.API_CHANGED),
    Case(_GLOBAL, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_LAPS, "on", Status.PASS, registration(localAdminPassword={"isEnabled": True})),
    Case(_LAPS, "off", Status.FAIL, registration(localAdminPassword={"isEnabled": False})),
    Case(_LAPS, "null", Status.ERROR, registration(localAdminPassword=None), cause=Cause.API_CHANGED),
    Case(_LAPS, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_QUOTA, "ten", Status.PASS, registration(userDeviceQuota=10)),
    Case(_QUOTA, "none", Status.PASS, registration(userDeviceQuota=0)),
    Case(_QUOTA, "fifty, as shipped", Status.FAIL, registration(userDeviceQuota=50)),
    Case(_QUOTA, "eleven", Status.FAIL, registration(userDeviceQuota=11)),
    Case(_QUOTA, "absent", Status.ERROR, registration(), cause=Cause.API_CHANGED),
    Case(_DEFAULT, "not compliant", Status.PASS, {DEVICE_MANAGEMENT: [{"secureByDefault": True}]}),
    Case(_DEFAULT, "compliant", Status.FAIL, {DEVICE_MANAGEMENT: [{"secureByDefault": False}]}),
    Case(
        _DEFAULT, "another endpoint's answer", Status.ERROR, {DEVICE_MANAGEMENT: [{"laps": 1}]}, cause=Cause.API_CHANGED
    ),
    Case(_DEFAULT, "no Intune", Status.NOT_APPLICABLE, {}, "Intune", features=_WITHOUT),
    Case(_DEFAULT, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_ENROL, "personal devices are blocked", Status.PASS, enrolment()),
    Case(_ENROL, "a platform is blocked", Status.PASS, enrolment(iosRestriction={**_OPEN, "platformBlocked": True})),
    Case(_ENROL, "one is open", Status.FAIL, enrolment(iosRestriction=_OPEN), affected=["ios"]),
    Case(_ENROL, "one is absent", Status.ERROR, enrolment(iosRestriction=None), cause=Cause.API_CHANGED),
    Case(_ENROL, "no default", Status.ERROR, {ENROLMENT_RESTRICTIONS: []}, cause=Cause.API_CHANGED),
    Case(_ENROL, "no Intune", Status.NOT_APPLICABLE, {}, features=_WITHOUT),
]
