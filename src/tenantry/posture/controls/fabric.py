"""Fabric and Power BI: tenant settings, each off, or limited to security groups."""

from typing import Final

from tenantry.observe.catalogue.fabric import TENANT_SETTINGS
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, Unexpected, failed, passed

_GROUPS: Final = "enabledSecurityGroups"
_RESTRICTED: Final = {
    "fabric.guest_access": ("AllowGuestUserToAccessSharedContent", "Guests' access to Fabric"),
    "fabric.external_invitations": ("ExternalSharingV2", "Inviting outsiders"),
    "fabric.guest_content_access": ("ElevatedGuestsTenant", "Browsing of content by guests"),
    "fabric.shareable_links": ("ShareLinkToEntireOrg", "Links for the whole organisation"),
    "fabric.external_data_sharing": ("EnableDatasetInPlaceSharing", "Sharing of data with outsiders"),
    "fabric.service_principals_and_apis": ("ServicePrincipalAccessPermissionAPIs", "Calling of APIs by applications"),
    "fabric.service_principal_profiles": (
        "AllowServicePrincipalsCreateAndUseProfiles",
        "Creating of profiles by applications",
    ),
    "fabric.service_principals_create_workspaces": (
        "ServicePrincipalAccessGlobalAPIs",
        "Creating of workspaces by applications",
    ),
}


def _setting(evidence: Evidence, name: str) -> Facts:
    """Raises Unexpected when Microsoft does not list it."""
    for row in every(evidence, TENANT_SETTINGS):
        if row.text("settingName") == name:
            return row
    raise Unexpected(f"{TENANT_SETTINGS.name}.{name}", None)


def _groups(row: Facts) -> list[str]:
    return [group.text("name", group.text("graphId", "")) for group in row.objects(_GROUPS)]


def _observed(row: Facts) -> dict[str, object]:
    return {"settingName": row.name, "enabled": row.get("enabled"), _GROUPS: _groups(row)}


def _restricted_control(key: str, name: str, what: str) -> None:
    @check(key, TENANT_SETTINGS, feature=Feature.FABRIC)
    def judge(evidence: Evidence, _parameters: Parameters) -> Finding:
        row = _setting(evidence, name)
        if not row.flag("enabled"):
            return passed(f"{what} is off.", _observed(row))
        if _groups(row):
            return passed(f"{what} is limited to security groups.", _observed(row))
        return failed(f"{what} is on for the whole organisation.", _observed(row))


for _key, (_name, _what) in _RESTRICTED.items():
    _restricted_control(_key, _name, _what)


@check("fabric.publish_to_web", TENANT_SETTINGS, feature=Feature.FABRIC)
def publish_to_web(evidence: Evidence, _parameters: Parameters) -> Finding:
    """On is only enough when existing codes alone work and groups are named: `createP2w` lets people make new ones."""
    row = _setting(evidence, "PublishToWeb")
    if not row.flag("enabled"):
        return passed("Publishing to the web is off.", _observed(row))
    may_create = _property(row, "createP2w")
    observed = _observed(row) | {"createP2w": may_create}
    if may_create:
        return failed("People may publish reports to the web, for everybody to see.", observed)
    if not _groups(row):
        return failed("Publishing to the web is not limited to security groups.", observed)
    return passed("Nothing new can be published to the web, and only groups may use what is.", observed)


def _property(row: Facts, name: str) -> bool:
    """Raises Unexpected when the setting lacks it."""
    for found in row.objects("properties"):
        if found.text("name", "") == name:
            return found.flag("value")
    raise Unexpected(f"{row.name}.properties.{name}", None)


@check("fabric.r_and_python_visuals", TENANT_SETTINGS, feature=Feature.FABRIC)
def r_and_python_visuals(evidence: Evidence, _parameters: Parameters) -> Finding:
    row = _setting(evidence, "RScriptVisual")
    if row.flag("enabled"):
        return failed("Visuals may run R and Python scripts.", _observed(row))
    return passed("Visuals cannot run R and Python scripts.", _observed(row))


@check("fabric.sensitivity_labels", TENANT_SETTINGS, feature=Feature.FABRIC)
def sensitivity_labels(evidence: Evidence, _parameters: Parameters) -> Finding:
    row = _setting(evidence, "EimInformationProtectionEdit")
    return _judge_on(row, "People can label content as sensitive.", "People cannot label content as sensitive.")


@check("fabric.resource_key_authentication", TENANT_SETTINGS, feature=Feature.FABRIC)
def resource_key_authentication(evidence: Evidence, _parameters: Parameters) -> Finding:
    row = _setting(evidence, "BlockResourceKeyAuthentication")
    return _judge_on(row, "Authentication with resource keys is blocked.", "Streaming accepts resource keys.")


def _judge_on(row: Facts, good: str, bad: str) -> Finding:
    if not row.flag("enabled"):
        return failed(bad, _observed(row))
    groups = _groups(row)
    return passed(good, _observed(row), [f"Holds only for {', '.join(groups[:5])}."] if groups else [])
