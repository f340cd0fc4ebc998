"""What users and guests may do without being asked: the authorization policy, and who may create groups."""

from typing import Final

from tenantry.observe.catalogue.identity import AUTHORIZATION_POLICY, GROUPS
from tenantry.observe.catalogue.policies import GROUP_SETTINGS, INVITATION_POLICIES
from tenantry.posture.controls.flags import Wanted, flag_control
from tenantry.posture.controls.group_settings import setting_of
from tenantry.posture.controls.registry import check
from tenantry.posture.controls.texts import json_of
from tenantry.posture.evidence import Evidence, every, one
from tenantry.posture.facts import Facts
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Tally, failed, passed

_USERS: Final = "defaultUserRolePermissions"
_SELF: Final = "managepermissiongrantsforself."
_CONSENT: Final = frozenset({f"{_SELF}microsoft-user-default-low", f"{_SELF}microsoft-user-default-legacy"})
"""What the benchmark names; other policies that let users consent are for people to look at."""
_GUEST_ROLES: Final = {
    "10dae51f-b6af-4016-8d66-8c2a99b929b3": "limited access",
    "2af84b1e-32c8-42b7-82bc-daa82404023b": "restricted access",
    "a0b1b346-4d3e-4e8b-98f8-753987be4970": "the same access as members",
}
"""learn.microsoft.com/entra/identity/users/users-restrict-guest-permissions"""
_INVITERS: Final = {
    "adminsAndGuestInviters": "Only administrators and people with the guest inviter role",
    "none": "Nobody",
}
_SAME_AS_MEMBERS: Final = "a0b1b346-4d3e-4e8b-98f8-753987be4970"
_B2B, _LISTS = "B2BManagementPolicy", "InvitationsAllowedAndBlockedDomainsPolicy"
_UNIFIED: Final = "62375ab9-6b52-47ed-826b-58e47e0e304b"


def _is_off(key: str, permission: str, may: str) -> None:
    """A default permission of users that has to be off; `may` says what users can do with it."""
    wanted = Wanted(f"{_USERS}.{permission}", False, f"Users may not {may}.", f"Users may {may}.")
    flag_control(key, AUTHORIZATION_POLICY, wanted)


_is_off("entra.users_cannot_register_applications", "allowedToCreateApps", "register applications")
_is_off("entra.users_cannot_create_tenants", "allowedToCreateTenants", "create Microsoft tenants")
_is_off("entra.users_cannot_create_security_groups", "allowedToCreateSecurityGroups", "create security groups")
_is_off(
    "devices.users_cannot_read_bitlocker_keys",
    "allowedToReadBitlockerKeysForOwnedDevice",
    "read the BitLocker keys of their devices",
)


@check("apps.users_cannot_consent", AUTHORIZATION_POLICY)
def users_cannot_consent(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy, path = one(evidence, AUTHORIZATION_POLICY), f"{_USERS}.permissionGrantPoliciesAssigned"
    policy.object(_USERS)
    granted = policy.texts(path, required=True)
    if _CONSENT & {name.lower() for name in granted}:
        return failed("Users may let applications read data in their name.", policy.shown(path))
    review = [f"Users may consent within the policy {name}." for name in granted if name.lower().startswith(_SELF)]
    return passed(
        "Users cannot let applications read data by one of Microsoft's own consent policies."
        if review
        else "Users cannot let applications read data without an administrator.",
        policy.shown(path),
        review,
    )


@check("guests.access_is_restricted", AUTHORIZATION_POLICY)
def guest_access(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = one(evidence, AUTHORIZATION_POLICY)
    role = policy.text("guestUserRoleId").lower()
    words = _GUEST_ROLES.get(role, f"the unknown role {role}")
    told = passed if role in _GUEST_ROLES and role != _SAME_AS_MEMBERS else failed
    return told(f"Guests have {words}.", policy.shown("guestUserRoleId"))


@check("guests.invitations_are_limited", AUTHORIZATION_POLICY)
def invitations_are_limited(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = one(evidence, AUTHORIZATION_POLICY)
    who = policy.text("allowInvitesFrom")
    if who in _INVITERS:
        return passed(f"{_INVITERS[who]} may invite guests.", policy.shown("allowInvitesFrom"))
    return failed(
        "More people than administrators and guest inviters may invite guests.", policy.shown("allowInvitesFrom")
    )


@check("guests.invitations_go_to_allowed_domains", INVITATION_POLICIES)
def invitations_go_to_allowed_domains(evidence: Evidence, _parameters: Parameters) -> Finding:
    """A list of allowed domains, empty or not, and no list of blocked ones. No policy at all lets everybody in."""
    rules = [
        rule
        for policy in every(evidence, INVITATION_POLICIES)
        if policy.text("type") == _B2B
        for text in policy.texts("definition")
        for rule in [Facts(f"{policy.where}.definition", json_of(policy, text)).get(f"{_B2B}.{_LISTS}")]
    ]
    domains = [rule for rule in rules if isinstance(rule, dict)]
    observed = {_LISTS: domains}
    if any("AllowedDomains" in lists and "BlockedDomains" not in lists for lists in domains):
        return passed("Guests can be invited from listed domains only.", observed)
    if any(one_.get("BlockedDomains") for one_ in domains):
        return failed("Guests can be invited from every domain but the blocked ones.", observed)
    return failed("Guests can be invited from any domain.", observed)


@check("entra.users_cannot_create_m365_groups", GROUP_SETTINGS)
def users_cannot_create_groups(evidence: Evidence, _parameters: Parameters) -> Finding:
    setting = setting_of(every(evidence, GROUP_SETTINGS), _UNIFIED)
    if setting is None:
        return failed(
            "Users may create Microsoft 365 groups: nobody has changed the default.", {"EnableGroupCreation": None}
        )
    observed = setting.shown("EnableGroupCreation", "GroupCreationAllowedGroupId")
    if setting.flag("EnableGroupCreation"):
        return failed("Users may create Microsoft 365 groups.", observed)
    return passed("Only chosen people may create Microsoft 365 groups.", observed)


@check("entra.public_groups_are_approved", GROUPS, inputs=("approved_public_groups",))
def public_groups_are_approved(evidence: Evidence, parameters: Parameters) -> Finding:
    approved = {name.lower() for name in parameters.approved_public_groups}
    allowed, foreign, checked = list[str](), Tally(), 0
    for group in evidence.each(GROUPS):
        if "Unified" not in group.texts("groupTypes"):
            continue
        checked += 1
        if group.text("visibility", "Public") != "Public":  # Microsoft's default where none is stated
            continue
        if approved & {group.id.lower(), group.name.lower()}:
            allowed.append(group.name)
        else:
            foreign.add(Affected(group.id, group.name, "is public and not approved"))
    observed = {"microsoft_365_groups": checked, "public": len(allowed) + len(foreign)}
    if foreign:
        return failed(f"{len(foreign)} public Microsoft 365 groups are not approved.", observed, foreign)
    review = [f"Public and approved: {name}." for name in allowed[:50]]
    return passed("No Microsoft 365 group is public without approval.", observed, review)


@check("guests.dynamic_group_exists", GROUPS)
def dynamic_group_exists(evidence: Evidence, _parameters: Parameters) -> Finding:
    for group in evidence.each(GROUPS):
        rule = group.text("membershipRule", "").lower().replace(" ", "")
        if "DynamicMembership" in group.texts("groupTypes") and 'user.usertype-eq"guest"' in rule:
            return passed(
                f"A dynamic group holds the guests: {group.name}.", group.shown("displayName", "membershipRule")
            )
    return failed("No dynamic group holds the guests.", {})
