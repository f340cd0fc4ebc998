"""Administrators: how many, of what kind, with which licences; and how privileged roles are activated and reviewed."""

from typing import Any, Final

from tenantry.observe.catalogue.identity import CONDITIONAL_ACCESS, SUBSCRIBED_SKUS, USERS
from tenantry.observe.catalogue.privileges import (
    GLOBAL_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR_RULES,
    PRIVILEGED_ROLE_ADMINISTRATOR_RULES,
    PRIVILEGED_ROLES,
    ROLE_INSTANCES,
)
from tenantry.observe.datasets import Dataset
from tenantry.posture.controls.administrators import (
    HELPS,
    READS,
    Administrator,
    administrators,
    global_administrators,
)
from tenantry.posture.controls.policies import ENABLED, Policy
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every, every_licensed
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, failed, manual, passed

_FEWEST, _MOST = 2, 4
_EMERGENCY: Final = 2
_APPROVAL: Final = "Approval_EndUser_Assignment"


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
    helps=(*HELPS, GLOBAL_ADMINISTRATOR_RULES),
    inputs=("footprint_skus", "approved_activation_passes"),
)
def admins_have_small_licences(evidence: Evidence, parameters: Parameters) -> Finding:
    """Licences with applications bring mail and files, and with them attacks, to accounts that can do everything."""
    names = {sku.text("skuId").lower(): sku.text("skuPartNumber") for sku in every(evidence, SUBSCRIBED_SKUS)}
    small = {name.lower() for name in parameters.footprint_skus}
    excused = parameters.approved_activation_passes and _approval_of(evidence, GLOBAL_ADMINISTRATOR_RULES)[0]
    found, large = administrators(evidence), list[Affected]()
    for one in found:
        licences = [row.text("skuId") for row in one.user.objects("assignedLicenses", required=True)]
        held = [names.get(licence.lower(), licence) for licence in licences]
        foreign = sorted(name for name in held if name.lower() not in small)
        if foreign and not (excused and not one.is_active):
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
    missing = len(parameters.break_glass_accounts) - len(found)
    summary = (
        f"{len(found)} of {len(parameters.break_glass_accounts)} named emergency accounts hold an administrative role."
    )
    observed = {"named": len(parameters.break_glass_accounts), "found": len(found), "not_found": missing}
    return manual(f"{summary} Somebody has to attest that there are two, and how they are kept.", observed, told)


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
    feature=Feature.ENTRA_P2,
    inputs=("break_glass_accounts", "emergency_assignments"),
)
def roles_are_activated(evidence: Evidence, parameters: Parameters) -> Finding:
    """People and groups activate privileged roles; only emergency accounts hold one for good."""
    privileged = {row.id.lower(): row.name for row in every(evidence, PRIVILEGED_ROLES) if row.flag("isPrivileged")}
    rows = [row for row in every(evidence, ROLE_INSTANCES) if row.text("roleDefinitionId").lower() in privileged]
    people = evidence.find(USERS, {row.text("principalId") for row in rows})
    standing, emergencies = list[Affected](), list[str]()
    for row in rows:
        principal, role = row.text("principalId").lower(), row.text("roleDefinitionId").lower()
        name = people[principal].text("userPrincipalName", principal) if principal in people else principal
        if row.text("assignmentType", "Assigned") == "Activated":
            continue
        if principal not in people and row.text("endDateTime", ""):  # applications and groups with an end
            continue
        if role == GLOBAL_ADMINISTRATOR and parameters.is_break_glass(principal, name):
            emergencies.append(name)
        else:
            standing.append(Affected(principal, name, f"is assigned {privileged[role]} for good"))
    return _standing(standing, emergencies, len(rows), parameters.emergency_assignments)


def _standing(standing: list[Affected], emergencies: list[str], total: int, allowed: int) -> Finding:
    review = [f"Emergency account with a standing assignment: {name}." for name in emergencies]
    observed = {"privileged_assignments": total, "standing": len(standing), "emergency": len(emergencies)}
    if len(emergencies) > allowed:
        return failed(
            f"More than {allowed} emergency accounts are Global Administrator for good.", observed, standing, review
        )
    if standing:
        return failed(
            f"{len(standing)} privileged roles are assigned for good, and not activated.", observed, standing, review
        )
    return passed("Privileged roles are activated, and not assigned for good.", observed, review)


def _approval_control(key: str, dataset: Dataset, role: str) -> None:
    @check(key, dataset, feature=Feature.ENTRA_P2)
    def judge(evidence: Evidence, _parameters: Parameters) -> Finding:
        approved, observed = _approval_of(evidence, dataset)
        if approved:
            return passed(f"Activating {role} takes the approval of somebody else.", observed)
        return failed(f"Activating {role} takes no approval by anybody.", observed)


def _approval_of(evidence: Evidence, dataset: Dataset) -> tuple[bool, dict[str, Any]]:
    """Whether activation has to be approved, by at least one person or group who exists."""
    rules = [
        rule
        for assignment in every_licensed(evidence, dataset)
        for rule in assignment.object("policy").objects("rules")
        if rule.id == _APPROVAL
    ]
    asked = any(rule.flag("setting.isApprovalRequired") for rule in rules)
    approvers = [
        approver.text("description", approver.text("id", approver.text("userId", approver.text("groupId", ""))))
        for rule in rules
        for stage in rule.objects("setting.approvalStages")
        for approver in stage.objects("primaryApprovers")
    ]
    return asked and bool(approvers), {"isApprovalRequired": asked, "primaryApprovers": approvers}


_approval_control("privileges.global_admin_activation_is_approved", GLOBAL_ADMINISTRATOR_RULES, "Global Administrator")
_approval_control(
    "privileges.role_admin_activation_is_approved",
    PRIVILEGED_ROLE_ADMINISTRATOR_RULES,
    "Privileged Role Administrator",
)
