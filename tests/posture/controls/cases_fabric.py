"""Fabric: off, on for groups, on for everybody."""

from typing import Any

from tests.posture.building import fails, passes, strange, uncollected, unlicensed
from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.fabric import TENANT_SETTINGS
from tenantry.posture.licences import Feature

_LIMITED = {
    "fabric.guest_access": "AllowGuestUserToAccessSharedContent",
    "fabric.external_invitations": "ExternalSharingV2",
    "fabric.guest_content_access": "ElevatedGuestsTenant",
    "fabric.shareable_links": "ShareLinkToEntireOrg",
    "fabric.external_data_sharing": "EnableDatasetInPlaceSharing",
    "fabric.service_principals_and_apis": "ServicePrincipalAccessPermissionAPIs",
    "fabric.service_principal_profiles": "AllowServicePrincipalsCreateAndUseProfiles",
    "fabric.service_principals_create_workspaces": "ServicePrincipalAccessGlobalAPIs",
}
_ON = {
    "fabric.sensitivity_labels": "EimInformationProtectionEdit",
    "fabric.resource_key_authentication": "BlockResourceKeyAuthentication",
}
_WEB, _VISUALS = "fabric.publish_to_web", "fabric.r_and_python_visuals"
_GROUPS = [{"graphId": "1", "name": "Authors"}]


def setting(name: str, enabled: Any, groups: Any = None, **more: Any) -> Items:
    other = {"settingName": "Other", "enabled": True}
    return {
        TENANT_SETTINGS: [other, {"settingName": name, "enabled": enabled, "enabledSecurityGroups": groups, **more}]
    }


def web(create: Any, groups: Any = None, enabled: bool = True) -> Items:
    properties = [{"name": "createP2w", "value": create, "type": "Boolean"}]
    return setting("PublishToWeb", enabled, groups, properties=properties)


CASES: list[Case] = [
    *uncollected(*_LIMITED, *_ON, _WEB, _VISUALS),
    *unlicensed(Feature.FABRIC, *_LIMITED, *_ON, _WEB, _VISUALS),
    *(
        case
        for key, name in _LIMITED.items()
        for case in (
            passes(key, "off", setting(name, False), "off"),
            passes(key, "on for a group", setting(name, True, _GROUPS), "limited"),
            fails(key, "on without groups", setting(name, True), "whole organisation"),
            fails(key, "on with an empty list", setting(name, True, [])),
            strange(key, "it is not listed", {TENANT_SETTINGS: [{"settingName": "Other", "enabled": False}]}, name),
            strange(key, "it does not say", setting(name, None)),
        )
    ),
    *(
        case
        for key, name in _ON.items()
        for case in (
            passes(key, "on", setting(name, True)),
            passes(key, "on for a group", setting(name, True, _GROUPS), review="Authors"),
            fails(key, "off", setting(name, False)),
        )
    ),
    passes(_VISUALS, "off", setting("RScriptVisual", False)),
    fails(_VISUALS, "on", setting("RScriptVisual", True)),
    fails(_VISUALS, "on for a group", setting("RScriptVisual", True, _GROUPS)),
    passes(_WEB, "off", web("true", enabled=False)),
    passes(_WEB, "only what exists, for a group", web("false", _GROUPS)),
    passes(_WEB, "a real boolean", web(False, _GROUPS)),
    fails(_WEB, "as Microsoft ships it", web("true")),
    fails(_WEB, "new ones, for a group", web("true", _GROUPS)),
    fails(_WEB, "only what exists, for everybody", web("false")),
    strange(_WEB, "the property is absent", setting("PublishToWeb", True, _GROUPS), "createP2w"),
]
