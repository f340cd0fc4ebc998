"""What users and guests may do: the authorization policy, groups, invitations."""

import json
from typing import Any

from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.identity import AUTHORIZATION_POLICY, GROUPS
from tenantry.observe.catalogue.policies import GROUP_SETTINGS, INVITATION_POLICIES
from tenantry.posture.verdicts import Cause, Status


def policy(**values: Any) -> Items:
    return {AUTHORIZATION_POLICY: [{"id": "authorizationPolicy", **values}]}


def users(**permissions: Any) -> Items:
    return policy(defaultUserRolePermissions=permissions)


def _flag(key: str, permission: str) -> list[Case]:
    """A default permission of users that has to be off."""
    return [
        Case(key, "it is off", Status.PASS, users(**{permission: False}), "may not"),
        Case(key, "it is on", Status.FAIL, users(**{permission: True}), "Users may"),
        Case(key, "Microsoft left it out", Status.ERROR, users(), cause=Cause.API_CHANGED),
        Case(key, "it is null", Status.ERROR, users(**{permission: None}), cause=Cause.API_CHANGED),
        Case(key, "it was not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    ]


def _invitation(rule: Any, kind: str = "B2BManagementPolicy") -> dict[str, Any]:
    definition = json.dumps({"B2BManagementPolicy": {"InvitationsAllowedAndBlockedDomainsPolicy": rule}})
    return {"id": "b2b", "type": kind, "definition": [definition]}


def _unified(value: Any) -> Items:
    values = [{"name": "EnableGroupCreation", "value": value}]
    return {GROUP_SETTINGS: [{"id": "s", "templateId": "62375ab9-6b52-47ed-826b-58e47e0e304b", "values": values}]}


def _group(name: str, visibility: str | None, *types: str, rule: str | None = None) -> dict[str, Any]:
    return {
        "id": f"id-{name}", "displayName": name, "visibility": visibility, "groupTypes": list(types),
        "membershipRule": rule,
    }  # fmt: skip


_CONSENT = "apps.users_cannot_consent"
_SELF = "ManagePermissionGrantsForSelf.microsoft-user-default-"
_ACCESS, _LIMITED = "guests.access_is_restricted", "guests.invitations_are_limited"
_DOMAINS, _CREATE = "guests.invitations_go_to_allowed_domains", "entra.users_cannot_create_m365_groups"
_PUBLIC, _DYNAMIC = "entra.public_groups_are_approved", "guests.dynamic_group_exists"
_RULE = '(user.userType -eq "Guest")'

CASES = [
    *_flag("entra.users_cannot_register_applications", "allowedToCreateApps"),
    *_flag("entra.users_cannot_create_tenants", "allowedToCreateTenants"),
    *_flag("entra.users_cannot_create_security_groups", "allowedToCreateSecurityGroups"),
    *_flag("devices.users_cannot_read_bitlocker_keys", "allowedToReadBitlockerKeysForOwnedDevice"),
    Case(_CONSENT, "nothing is granted", Status.PASS, users(permissionGrantPoliciesAssigned=[])),
    Case(_CONSENT, "a policy of their own", Status.PASS, users(permissionGrantPoliciesAssigned=["own.policy"])),
    Case(_CONSENT, "Microsoft's newer policy is for people to look at", Status.PASS,
         users(permissionGrantPoliciesAssigned=[f"{_SELF}recommended"]), review="recommended"),
    Case(_CONSENT, "null", Status.ERROR, users(permissionGrantPoliciesAssigned=None), cause=Cause.API_CHANGED),
    Case(_CONSENT, "absent", Status.ERROR, users(allowedToCreateApps=False), cause=Cause.API_CHANGED),
    Case(_CONSENT, "in another casing", Status.FAIL, users(permissionGrantPoliciesAssigned=[f"{_SELF}LOW".upper()])),
    Case(_CONSENT, "low", Status.FAIL, users(permissionGrantPoliciesAssigned=[f"{_SELF}low"])),
    Case(_CONSENT, "legacy among others", Status.FAIL, users(permissionGrantPoliciesAssigned=["x", f"{_SELF}legacy"])),
    Case(_CONSENT, "the permissions are absent", Status.ERROR, policy(), cause=Cause.API_CHANGED),
    Case(_CONSENT, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_ACCESS, "restricted", Status.PASS, policy(guestUserRoleId="2af84b1e-32c8-42b7-82bc-daa82404023b")),
    Case(_ACCESS, "limited, in capitals", Status.PASS, policy(guestUserRoleId="10DAE51F-B6AF-4016-8D66-8C2A99B929B3")),
    Case(_ACCESS, "as members", Status.FAIL, policy(guestUserRoleId="a0b1b346-4d3e-4e8b-98f8-753987be4970"), "members"),
    Case(_ACCESS, "a role nobody knows", Status.FAIL, policy(guestUserRoleId="x"), "unknown"),
    Case(_ACCESS, "absent", Status.ERROR, policy(), cause=Cause.API_CHANGED),
    Case(_LIMITED, "inviters", Status.PASS, policy(allowInvitesFrom="adminsAndGuestInviters")),
    Case(_LIMITED, "nobody", Status.PASS, policy(allowInvitesFrom="none"), "Nobody"),
    Case(_LIMITED, "null", Status.ERROR, policy(allowInvitesFrom=None), cause=Cause.API_CHANGED),
    Case(_LIMITED, "all members", Status.FAIL, policy(allowInvitesFrom="adminsGuestInvitersAndAllMembers")),
    Case(_LIMITED, "everyone", Status.FAIL, policy(allowInvitesFrom="everyone")),
    Case(_LIMITED, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_DOMAINS, "a list", Status.PASS, {INVITATION_POLICIES: [_invitation({"AllowedDomains": ["a.example"]})]}),
    Case(_DOMAINS, "an empty list", Status.PASS, {INVITATION_POLICIES: [_invitation({"AllowedDomains": []})]}),
    Case(_DOMAINS, "no policy at all", Status.FAIL, {INVITATION_POLICIES: []}, "any domain"),
    Case(
        _DOMAINS, "another policy", Status.FAIL, {INVITATION_POLICIES: [_invitation({"AllowedDomains": []}, "Other")]}
    ),
    Case(
        _DOMAINS, "blocked ones", Status.FAIL, {INVITATION_POLICIES: [_invitation({"BlockedDomains": ["b.example"]})]}
    ),
    Case(
        _DOMAINS, "both lists", Status.FAIL, {INVITATION_POLICIES: [_invitation({"AllowedDomains": [], "BlockedDomains": []})]}
    ),
    Case(
        _DOMAINS, "the second policy", Status.PASS,
        {INVITATION_POLICIES: [_invitation(None, "Other"), _invitation({"AllowedDomains": ["a.example"]})]},
    ),
    Case(
        _DOMAINS, "another content", Status.FAIL,
        {INVITATION_POLICIES: [{"id": "b", "type": "B2BManagementPolicy", "definition": ['{"B2BManagementPolicy": null}']}]},
    ),
    Case(
        _DOMAINS, "no type", Status.ERROR, {INVITATION_POLICIES: [{"id": "b", "definition": []}]}, cause=Cause.API_CHANGED
    ),
    Case(_DOMAINS, "no rule", Status.FAIL, {INVITATION_POLICIES: [_invitation(None)]}),
    Case(
        _DOMAINS,
        "no JSON",
        Status.ERROR,
        {INVITATION_POLICIES: [{"id": "b", "type": "B2BManagementPolicy", "definition": ["{"]}]},
        cause=Cause.API_CHANGED,
    ),
    Case(_DOMAINS, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_CREATE, "off, as text", Status.PASS, _unified("False")),
    Case(_CREATE, "off, in lower case", Status.PASS, _unified("false")),
    Case(_CREATE, "on", Status.FAIL, _unified("true")),
    Case(_CREATE, "no object", Status.FAIL, {GROUP_SETTINGS: []}, "default"),
    Case(_CREATE, "nonsense", Status.ERROR, _unified("maybe"), cause=Cause.API_CHANGED),
    Case(_CREATE, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_PUBLIC, "no groups", Status.PASS, {GROUPS: []}),
    Case(
        _PUBLIC,
        "private, hidden, and security groups",
        Status.PASS,
        {
            GROUPS: [
                _group("a", "Private", "Unified"),
                _group("b", "HiddenMembership", "Unified"),
                _group("c", "Public"),
            ]
        },
    ),
    Case(_PUBLIC, "one public", Status.FAIL, {GROUPS: [_group("a", "Public", "Unified")]}, affected=["a"]),
    Case(_PUBLIC, "no visibility is public", Status.FAIL, {GROUPS: [_group("a", None, "Unified")]}, affected=["a"]),
    Case(
        _PUBLIC,
        "approved by name",
        Status.PASS,
        {GROUPS: [_group("All", "Public", "Unified")]},
        review="All",
        parameters={"approved_public_groups": ["all"]},
    ),
    Case(_PUBLIC, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
    Case(_DYNAMIC, "there is one", Status.PASS, {GROUPS: [_group("g", None, "DynamicMembership", rule=_RULE)]}, "g"),
    Case(_DYNAMIC, "of members", Status.FAIL, {GROUPS: [_group("g", None, "DynamicMembership", rule="user.x")]}),
    Case(_DYNAMIC, "a rule, but assigned", Status.FAIL, {GROUPS: [_group("g", None, rule=_RULE)]}),
    Case(_DYNAMIC, "not collected", Status.ERROR, {}, cause=Cause.NOT_COLLECTED),
]  # fmt: skip
