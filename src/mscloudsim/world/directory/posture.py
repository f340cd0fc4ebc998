"""Policies about devices, applications, sessions, guests, groups and synchronisation, from neglected to exemplary."""

from typing import Any, Final

import orjson

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.directory.people import People

Item = dict[str, Any]

_ANY_TIME: Final = "0001-01-01T00:00:00Z"
GROUP_UNIFIED: Final = "62375ab9-6b52-47ed-826b-58e47e0e304b"
PASSWORD_RULES: Final = "5cf42378-d67d-4f36-ba46-e8b86229381d"  # noqa: S105 - the id of a template


def device_registration_policy(people: People) -> Item:
    """Who may join devices, and who administers those that were joined."""
    care = people.care
    return {
        "id": "deviceRegistrationPolicy",
        "displayName": "Device Registration Policy",
        "description": "Tenant-wide policy that manages initial provisioning controls of device registration.",
        "userDeviceQuota": 10 if care > 0.55 else 50,
        "multiFactorAuthConfiguration": "required" if care > 0.4 else "notRequired",
        "azureADRegistration": {"isAdminConfigurable": False, "allowedToRegister": _membership("all")},
        "azureADJoin": {
            "isAdminConfigurable": True,
            "allowedToJoin": _membership("enumerated" if care > 0.6 else "all", people),
            "localAdmins": {
                "enableGlobalAdmins": care < 0.7,
                "registeringUsers": _membership("no" if care > 0.65 else "all"),
            },
        },
        "localAdminPassword": {"isEnabled": care > 0.5},
    }


def _membership(kind: str, people: People | None = None) -> Item:
    """Everybody, nobody, or those named: here the group of those who set machines up."""
    row: Item = {"@odata.type": f"#microsoft.graph.{kind}DeviceRegistrationMembership"}
    if kind == "enumerated" and people is not None:
        row |= {"users": [], "groups": [guid(people.tenant.id, "device enrolment")]}
    return row


def admin_consent_request_policy(people: People) -> Item:
    asked = people.care > 0.5
    reviewer = {"query": f"/users/{people.id_of(0)}", "queryType": "MicrosoftGraph", "queryRoot": None}
    return {
        "isEnabled": asked,
        "notifyReviewers": asked,
        "remindersEnabled": asked,
        "requestDurationInDays": 30 if asked else 0,
        "reviewers": [reviewer] if asked else [],
        "version": 1 if asked else 0,
    }


def default_app_management_policy(people: People) -> Item:
    """What secrets and certificates of applications may be."""
    care = people.care
    restrictions = {
        "passwordCredentials": [
            _restriction("passwordAddition", on=care > 0.85),
            _restriction("passwordLifetime", on=care > 0.7, lifetime="P180D" if care > 0.8 else "P730D"),
            _restriction("customPasswordAddition", on=care > 0.75),
        ],
        "keyCredentials": [
            _restriction("asymmetricKeyLifetime", on=care > 0.7, lifetime="P180D" if care > 0.8 else "P365D"),
        ],
    }
    return {
        "id": "00000000-0000-0000-0000-000000000000",
        "deletedDateTime": None,
        "displayName": "Default app management tenant policy",
        "description": "Default tenant policy that enforces app management restrictions.",
        "isEnabled": care > 0.65,
        "applicationRestrictions": {**restrictions, "identifierUris": None},
        "servicePrincipalRestrictions": restrictions,
    }


def _restriction(kind: str, *, on: bool, lifetime: str | None = None) -> Item:
    return {
        "restrictionType": kind,
        "state": "enabled" if on else "disabled",
        "maxLifetime": lifetime,
        "restrictForAppsCreatedAfterDateTime": _ANY_TIME,
        "excludeActors": None,
    }


def activity_based_timeout_policies(people: People) -> list[Item]:
    """When an idle browser session ends; where nobody cares it never does."""
    if people.care < 0.45:
        return []
    limit = "03:00:00" if people.care > 0.6 else "12:00:00"
    applications = [{"ApplicationId": "default", "WebSessionIdleTimeout": limit}]
    definition = {"ActivityBasedTimeoutPolicy": {"Version": 1, "ApplicationPolicies": applications}}
    return [_defined(people, "activity timeout", "Default idle timeout", definition)]


def b2b_management_policies(people: People) -> list[Item]:
    """Whom guests may be invited from: only listed domains, all but listed ones, or anybody."""
    if people.care < 0.3:
        return []
    key = "AllowedDomains" if people.care > 0.6 else "BlockedDomains"
    domains = {key: ["partner.example", "auditors.example"] if key == "AllowedDomains" else ["rival.example"]}
    definition = {"B2BManagementPolicy": {"InvitationsAllowedAndBlockedDomainsPolicy": domains}}
    return [_defined(people, "b2b", "B2BManagementPolicy", definition)]


def _defined(people: People, kind: str, name: str, definition: Item) -> Item:
    """A policy whose content is JSON text, as the directory keeps its oldest kinds."""
    return {
        "id": guid(people.tenant.id, kind),
        "deletedDateTime": None,
        "displayName": name,
        "description": name,
        "definition": [orjson.dumps(definition).decode()],
        "isOrganizationDefault": True,
    }


def group_settings(people: People) -> list[Item]:
    """Settings that differ from their templates, every value a text; where nobody changed any there is no object."""
    care, rows = people.care, []
    if care > 0.3:
        values = {
            "EnableGroupCreation": "false" if care > 0.5 else "true",
            "AllowGuestsToAccessGroups": "true",
            "AllowGuestsToBeGroupOwner": "false",
            "AllowToAddGuests": "true",
            "GroupCreationAllowedGroupId": guid(people.tenant.id, "group creators") if care > 0.5 else "",
            "EnableMIPLabels": "False",
            "UsageGuidelinesUrl": "",
        }
        rows.append(_setting(people, "Group.Unified", GROUP_UNIFIED, values))
    if care > 0.35:
        custom = care > 0.55
        values = {
            "BannedPasswordCheckOnPremisesMode": "Enforce" if care > 0.7 else "Audit",
            "EnableBannedPasswordCheckOnPremises": str(care > 0.6),
            "EnableBannedPasswordCheck": str(custom),
            "LockoutDurationInSeconds": "60" if care > 0.45 else "30",
            "LockoutThreshold": "10" if care > 0.45 else "20",
            "BannedPasswordList": f"{people.tenant.slug}\tsummer\twinter" if custom else "",
        }
        rows.append(_setting(people, "Password Rule Settings", PASSWORD_RULES, values))
    return rows


def _setting(people: People, name: str, template: str, values: dict[str, str]) -> Item:
    return {
        "id": guid(people.tenant.id, "group setting", template),
        "displayName": name,
        "templateId": template,
        "values": [{"name": key, "value": value} for key, value in values.items()],
    }


def on_premises_synchronization(people: People) -> Item:
    """What the connection to a local Active Directory does; tenants without one have the object as well."""
    careful = people.care > 0.5
    on = {"passwordSyncEnabled": people.synced and people.care > 0.4, "blockSoftMatchEnabled": careful}
    on |= {"passwordWritebackEnabled": people.synced and careful, "synchronizeUpnForManagedUsersEnabled": True}
    off = (
        "blockCloudObjectTakeoverThroughHardMatchEnabled",
        "cloudPasswordPolicyForPasswordSyncedUsersEnabled",
        "deviceWritebackEnabled",
        "directoryExtensionsEnabled",
        "unifiedGroupWritebackEnabled",
        "userForcePasswordChangeOnLogonEnabled",
        "userWritebackEnabled",
    )
    prevention = {"synchronizationPreventionType": "enabledForCount", "alertThreshold": 500}
    return {
        "id": people.tenant.id,
        "configuration": {"accidentalDeletionPrevention": prevention},
        "features": {**on, **dict.fromkeys(off, False)},
    }
