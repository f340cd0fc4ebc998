"""Administrators: how many, of what kind, with which licences; and how privileged roles are activated and reviewed."""

from collections.abc import Sequence
from typing import Any, Final

from tenantry.observe.catalogue.identity import CONDITIONAL_ACCESS, GROUPS, SERVICE_PRINCIPALS, SUBSCRIBED_SKUS, USERS
from tenantry.observe.catalogue.privileges import (
    GLOBAL_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR_RULES,
    PRIVILEGED_ROLE_ADMINISTRATOR_RULES,
    PRIVILEGED_ROLES,
    ROLE_INSTANCES,
)
from tenantry.posture.controls.administrators import (
    HELPS,
    READS,
    Administrator,
    administrators,
    global_administrators,
)
from tenantry.posture.controls.policies import ENABLED, Policy
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import COMPLETE, Evidence, every, every_licensed
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Unexpected, failed, manual, passed

_PERSON, _GROUP, _APPLICATION = "a person", "a group", "an application"
_APPROVER_KEYS: Final = ("userId", "groupId", "id")
_FEWEST, _MOST = 2, 4
_EMERGENCY: Final = 2
_APPROVAL: Final = "Approval_EndUser_Assignment"
_RULES: Final = {
    "Global Administrator": GLOBAL_ADMINISTRATOR_RULES,
    "Privileged Role Administrator": PRIVILEGED_ROLE_ADMINISTRATOR_RULES,
}


@check("entra.admins_are_cloud_only", *READS, helps=HELPS)
def admins_are_cloud_only(evidence: Evidence, _parameters: Parameters) -> Finding:
    found = administrators(evidence)
    synced = [one for one in found if one.user.flag("onPremisesSyncEnabled", default=False)]
    observed = {"administrators": len(found), "synchronised": len(synced)}
    if synced:
        affected = [Affected(one.user.id, one.name, f"is synchronised, and {one.told}") for one in synced]
        return failed(
            f"{len(synced)} of {len(found)} administrators are synchronised from Active Directory.", observed, affected
        )
    return passed(f"None of {len(found)} administrators is synchronised from Active Directory.", observed)


@check("entra.two_to_four_global_administrators", *READS, helps=HELPS)
def two_to_four_global_administrators(evidence: Evidence, _parameters: Parameters) -> Finding:
    people, others = global_administrators(evidence)
    observed = {"global_administrators": [one.text("userPrincipalName", one.name) for one in people]}
    review = [f"No person, and Global Administrator: {key}." for key in others]
    review += [f"Disabled: {one.name}." for one in people if not one.flag("accountEnabled", default=True)]
    if _FEWEST <= len(people) <= _MOST:
        return passed(f"There are {len(people)} global administrators.", observed, review)
    word = "too few" if len(people) < _FEWEST else "too many"
    affected = [Affected(one.id, one.text("userPrincipalName", one.name), "is Global Administrator") for one in people]
    return failed(f"{len(people)} global administrators are {word}.", observed, affected, review)


@check(
    "entra.admins_have_small_licences",
    *READS,
    SUBSCRIBED_SKUS,
    helps=(*HELPS, *_RULES.values()),
    inputs=("footprint_skus", "approved_activation_passes"),
)
def admins_have_small_licences(evidence: Evidence, parameters: Parameters) -> Finding:
    """Licences with applications bring mail and files, and with them attacks, to accounts that can do everything."""
    names = {sku.text("skuId").lower(): sku.text("skuPartNumber") for sku in every(evidence, SUBSCRIBED_SKUS)}
    small = {name.lower() for name in parameters.footprint_skus}
    approved = _approved_roles(evidence) if parameters.approved_activation_passes else frozenset()
    found, large = administrators(evidence), list[Affected]()
    for one in found:
        licences = [row.text("skuId") for row in one.user.objects("assignedLicenses")]
        held = [names.get(licence.lower(), licence) for licence in licences]
        foreign = sorted(name for name in held if name.lower() not in small)
        excused = not one.is_active and one.roles <= approved
        if foreign and not excused:
            large.append(Affected(one.user.id, one.name, f"holds {', '.join(foreign)}, and {one.told}"))
    observed = {"administrators": len(found), "with_applications": len(large), "footprint_skus": sorted(small)}
    if large:
        return failed(f"{len(large)} of {len(found)} administrators hold licences with applications.", observed, large)
    return passed(f"None of {len(found)} administrators holds a licence with applications.", observed)


@check("entra.emergency_accounts_exist", *READS, CONDITIONAL_ACCESS, helps=HELPS, inputs=("break_glass_accounts",))
def emergency_accounts_exist(evidence: Evidence, parameters: Parameters) -> Finding:
    """A machine can say whether the named accounts are as they should be; whether a policy exists, somebody attests."""
    if not parameters.break_glass_accounts:
        return manual("Name the two emergency accounts in the parameters, so that they can be looked at.")
    found = [one for one in administrators(evidence) if parameters.is_break_glass(one.user.id, one.name)]
    policies = [Policy(facts) for facts in every(evidence, CONDITIONAL_ACCESS) if facts.text("state") == ENABLED]
    told = [f"{one.name}: {'; '.join(_emergency_faults(one, policies)) or 'as it should be'}." for one in found]
    known = {name.lower() for one in found for name in (one.user.id, one.name)}
    missing = [name for name in parameters.break_glass_accounts if name.lower() not in known]
    told += [f"{name}: holds no administrative role, or does not exist." for name in missing]
    summary = (
        f"{len(found)} of {len(parameters.break_glass_accounts)} named emergency accounts hold an administrative role."
    )
    observed = {"named": len(parameters.break_glass_accounts), "found": len(found), "not_found": len(missing)}
    return manual(f"{summary} Somebody has to attest that there are two, and how they are kept.", observed, told)


def _approved_roles(evidence: Evidence) -> frozenset[str]:
    """The roles whose activation somebody approves, of those whose rules are known."""
    return frozenset(role for role, rules in _RULES.items() if _approval_of(every_licensed(evidence, rules))[0])


def _emergency_faults(one: Administrator, policies: list[Policy]) -> list[str]:
    covering = [
        policy.name
        for policy in policies
        if one.user.id.lower() not in {key.lower() for key in policy.values("users.excludeUsers")}
        and not policy.values("users.excludeGroups")
    ]
    faults = {
        "is synchronised": one.user.flag("onPremisesSyncEnabled", default=False),
        "is not on onmicrosoft.com": not one.name.lower().endswith(".onmicrosoft.com"),
        "is licensed": bool(one.user.objects("assignedLicenses")),
        "is disabled": not one.user.flag("accountEnabled", default=True),
        "is not Global Administrator now": "Global Administrator" not in one.roles or not one.is_active,
        f"is excluded neither by name nor perhaps by group from {', '.join(covering[:3])}": bool(covering),
    }
    return [fault for fault, holds in faults.items() if holds]


@check(
    "privileges.roles_are_activated",
    PRIVILEGED_ROLES,
    ROLE_INSTANCES,
    USERS,
    GROUPS,
    feature=Feature.ENTRA_P2,
    helps=(SERVICE_PRINCIPALS,),
    inputs=("break_glass_accounts", "emergency_assignments"),
)
def roles_are_activated(evidence: Evidence, parameters: Parameters) -> Finding:
    """People and groups activate privileged roles. Emergency accounts hold one for good, applications until an end."""
    privileged = {row.id.lower(): row.name for row in every(evidence, PRIVILEGED_ROLES) if row.flag("isPrivileged")}
    if not privileged:  # Microsoft's own roles are
        raise Unexpected(PRIVILEGED_ROLES.name, None)
    rows = [row for row in every(evidence, ROLE_INSTANCES) if row.text("roleDefinitionId").lower() in privileged]
    held = [row for row in rows if row.text("assignmentType", "Assigned") != "Activated"]
    known = _principals(evidence, {row.text("principalId").lower() for row in held})
    standing, emergencies = list[Affected](), list[Affected]()
    for row in held:
        principal, role = row.text("principalId").lower(), row.text("roleDefinitionId").lower()
        kind, name = known.get(principal, (_APPLICATION, principal))
        if kind == _APPLICATION and row.text("endDateTime", ""):
            continue
        is_emergency = role == GLOBAL_ADMINISTRATOR and parameters.is_break_glass(principal, name)
        told = f"is {kind} and assigned {privileged[role]}, without activating it"
        (emergencies if is_emergency else standing).append(Affected(principal, name, told))
    return _standing(standing, emergencies, len(rows), parameters.emergency_assignments)


def _principals(evidence: Evidence, keys: set[str]) -> dict[str, tuple[str, str]]:
    """What each is and is called. Whoever is neither a person nor a group is an application."""
    known = {key: (_PERSON, row.text("userPrincipalName", row.name)) for key, row in evidence.find(USERS, keys).items()}
    known |= {key: (_GROUP, row.name) for key, row in evidence.find(GROUPS, keys - known.keys()).items()}
    if evidence.collected(SERVICE_PRINCIPALS).outcome == COMPLETE:
        others = evidence.find(SERVICE_PRINCIPALS, keys - known.keys())
        known |= {key: (_APPLICATION, row.name) for key, row in others.items()}
    return known


def _standing(standing: list[Affected], emergencies: list[Affected], total: int, allowed: int) -> Finding:
    review = [f"Emergency account with a standing assignment: {one.name}." for one in emergencies]
    observed = {"privileged_assignments": total, "standing": len(standing), "emergency": len(emergencies)}
    if len(emergencies) > allowed:
        affected = [*emergencies, *standing]
        return failed(
            f"More than {allowed} emergency accounts are Global Administrator for good.", observed, affected, review
        )
    if standing:
        return failed(
            f"{len(standing)} privileged roles are assigned for good, and not activated.", observed, standing, review
        )
    return passed("Privileged roles are activated, and not assigned for good.", observed, review)


def _approval_control(key: str, role: str) -> None:
    dataset = _RULES[role]

    @check(key, dataset, feature=Feature.ENTRA_P2)
    def judge(evidence: Evidence, _parameters: Parameters) -> Finding:
        approved, observed = _approval_of(every(evidence, dataset))
        if approved:
            return passed(f"Activating {role} takes the approval of somebody else.", observed)
        return failed(f"Activating {role} takes no approval by anybody.", observed)


def _approval_of(assignments: Sequence[Facts]) -> tuple[bool, dict[str, Any]]:
    """Whether activation has to be approved, by at least one person or group that is named; a "manager" is not."""
    rules = [
        rule
        for assignment in assignments
        for rule in assignment.object("policy").objects("rules")
        if rule.id == _APPROVAL
    ]
    asked = any(rule.flag("setting.isApprovalRequired") for rule in rules)
    approvers = [
        named
        for rule in rules
        for stage in rule.objects("setting.approvalStages")
        for approver in stage.objects("primaryApprovers")
        if (named := next((approver.text(key) for key in _APPROVER_KEYS if approver.get(key)), None))
    ]
    return asked and bool(approvers), {"isApprovalRequired": asked, "primaryApprovers": approvers}


_approval_control("privileges.global_admin_activation_is_approved", "Global Administrator")
_approval_control("privileges.role_admin_activation_is_approved", "Privileged Role Administrator")
