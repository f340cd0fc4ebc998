"""Devices: who may join and enrol them, and what becomes of those nobody set rules for."""

from typing import Final

from tenantry.observe.catalogue.policies import (
    DEVICE_MANAGEMENT,
    DEVICE_REGISTRATION,
    DEVICE_REGISTRATION_BETA,
    ENROLMENT_RESTRICTIONS,
)
from tenantry.posture.controls.flags import Wanted, flag_control
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every, one
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Unexpected, failed, passed

_LIMITED: Final = {
    "#microsoft.graph.enumeratedDeviceRegistrationMembership": "chosen people",
    "#microsoft.graph.noDeviceRegistrationMembership": "nobody",
}
_EVERYBODY: Final = "#microsoft.graph.allDeviceRegistrationMembership"
_MOST_DEVICES: Final = 10
_PLATFORMS: Final = (
    "windowsRestriction",
    "iosRestriction",
    "androidRestriction",
    "androidForWorkRestriction",
    "macOSRestriction",
)

flag_control(
    "devices.global_admin_is_not_local_admin",
    DEVICE_REGISTRATION_BETA,
    Wanted(
        "azureADJoin.localAdmins.enableGlobalAdmins",
        False,
        "Global administrators do not become administrators of joined devices.",
        "Global administrators become administrators of every joined device.",
    ),
)
flag_control(
    "devices.local_admin_passwords_are_managed",
    DEVICE_REGISTRATION,
    Wanted(
        "localAdminPassword.isEnabled",
        True,
        "Passwords of local administrators are managed (LAPS).",
        "Passwords of local administrators are not managed (LAPS).",
    ),
)
flag_control(
    "intune.devices_without_policy_are_not_compliant",
    DEVICE_MANAGEMENT,
    Wanted(
        "secureByDefault",
        True,
        "Devices without a compliance policy count as not compliant.",
        "Devices without a compliance policy count as compliant.",
    ),
    Feature.INTUNE,
)


def _limited_to(key: str, path: str, does: str) -> None:
    """A membership that must not be everybody; `does` completes "everybody …"."""

    @check(key, DEVICE_REGISTRATION_BETA)
    def judge(evidence: Evidence, _parameters: Parameters) -> Finding:
        policy = one(evidence, DEVICE_REGISTRATION_BETA)
        kind = policy.text(f"{path}.@odata.type")
        observed = policy.shown(f"{path}.@odata.type")
        if kind in _LIMITED:
            who = _LIMITED[kind]
            return passed(f"{who[0].upper()}{who[1:]} {does}, and not everybody.", observed)
        if kind != _EVERYBODY:
            raise Unexpected(f"{policy.where}.{path}.@odata.type: {kind}", kind)
        return failed(f"Everybody {does}.", observed)


_limited_to("devices.join_is_restricted", "azureADJoin.allowedToJoin", "may join devices")
_limited_to(
    "devices.local_admins_are_limited",
    "azureADJoin.localAdmins.registeringUsers",
    "may become administrator of a device by joining it",
)


@check("devices.quota_is_limited", DEVICE_REGISTRATION)
def quota_is_limited(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = one(evidence, DEVICE_REGISTRATION)
    quota = policy.number("userDeviceQuota")
    told = passed if quota <= _MOST_DEVICES else failed
    return told(f"A user may register {quota} devices.", policy.shown("userDeviceQuota"))


@check("intune.personal_enrolment_is_blocked", ENROLMENT_RESTRICTIONS, feature=Feature.INTUNE)
def personal_enrolment(evidence: Evidence, _parameters: Parameters) -> Finding:
    found = [
        row
        for row in every(evidence, ENROLMENT_RESTRICTIONS)
        if "DefaultPlatformRestrictions" in row.id and row.number("priority") == 0
    ]
    if len(found) != 1:
        raise Unexpected("intune.enrolment: the default platform restrictions", found or None)
    default = found[0]
    is_open = [name for name in _PLATFORMS if not _is_closed(default.object(name))]
    observed = {name: dict(default.object(name).values) for name in _PLATFORMS}
    if is_open:
        affected = [Affected(name, name.removesuffix("Restriction"), "lets personal devices in") for name in is_open]
        return failed("Personally owned devices can be enrolled by default.", observed, affected)
    return passed("Personally owned devices cannot be enrolled by default.", observed)


def _is_closed(restriction: Facts) -> bool:
    """Raises Unexpected for a platform of which nothing is said."""
    return restriction.flag("platformBlocked") or restriction.flag("personalDeviceEnrollmentBlocked")
