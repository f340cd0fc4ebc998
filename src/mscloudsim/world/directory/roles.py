"""Directory roles and who holds them. Template ids are of Microsoft's "Microsoft Entra built-in roles"."""

from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.directory.groups import PRIVILEGED
from mscloudsim.world.directory.ids import ObjectIds
from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.stamps import DAY, HOUR, stamp
from mscloudsim.world.estate import Licence

Item = dict[str, Any]

GLOBAL_ADMINISTRATOR: Final = "62e90394-69f5-4237-9190-012177145e10"
_NAMED: Final = (
    (GLOBAL_ADMINISTRATOR, "Global Administrator", True),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", True),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", True),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator", True),
    ("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", True),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", True),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator", True),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", True),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", True),
    ("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader", False),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator", True),
    ("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers", False),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator", True),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator", True),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator", True),
    ("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator", True),
    ("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator", True),
    ("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator", False),
    ("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator", False),
    ("4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator", False),
    ("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator", False),
    ("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator", True),
    ("17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator", False),
    ("95e79109-95c0-4d8e-aee3-d01accf2d47b", "Guest Inviter", False),
    ("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator", True),
    ("f023fd81-a637-4b56-95fd-791ac0226033", "Service Support Administrator", False),
    ("790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b", "Message Center Reader", False),
    ("11648597-926c-4cf3-9c36-bcebb0ba8dcc", "Power Platform Administrator", False),
    ("8329153b-31d0-4727-b945-745eb3bc5f31", "Domain Name Administrator", True),
)
_DESCRIPTIONS: Final = {
    "Global Administrator": "Can manage all aspects of Microsoft Entra ID and services that use its identities.",
    "User Administrator": "Can manage all aspects of users and groups, including resetting passwords.",
    "Global Reader": "Can read everything that a Global Administrator can, but not update anything.",
}

ROLES: Final[tuple[Item, ...]] = tuple(
    {
        "id": template,
        "templateId": template,
        "displayName": name,
        "description": _DESCRIPTIONS.get(name, f"Holds the permissions of the {name} role."),
        "isBuiltIn": True,
        "isEnabled": True,
        "isPrivileged": privileged,
        "resourceScopes": ["/"],
        "version": "1",
    }
    for template, name, privileged in _NAMED
)
BY_ID: Final = {role["id"]: role for role in ROLES}


def _named(name: str) -> str:
    return next(str(role["id"]) for role in ROLES if role["displayName"] == name)


_GIVEN_TO_PEOPLE: Final = (1, 2, 5, 7, 3, 17, 16, 18, 6, 20, 9, 4, 13, 19, 23)
_ELIGIBLE_FOR: Final = (0, 10, 3, 2, 1, 15, 6, 16)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held by somebody, and how: for good, for some hours after activation, or only eligible to be activated."""

    principal: str
    role: str
    kind: str = "assigned"
    until: str | None = None


class Roles:
    """Which roles the people, groups and applications of a tenant hold from the beginning."""

    def __init__(self, people: People, ids: ObjectIds) -> None:
        self.people, self.ids, self.tenant = people, ids, people.tenant

    def grants(self) -> list[Grant]:
        """Active assignments: emergency accounts first, then those who run the tenant, by care and size."""
        separated = self.people.admin_accounts > 0
        return [*(self._of_admin_accounts() if separated else self._of_everybody()), *self._activated()]

    def _of_admin_accounts(self) -> list[Grant]:
        """Where roles can be activated nobody holds one for good but the emergency accounts, and applications none."""
        made = [Grant(key, GLOBAL_ADMINISTRATOR) for key in self._emergencies()]
        if self._has_management:
            until = stamp(self.people.born + 120 * DAY)
            return [*made, Grant(self.ids.of("principal", 0), _named("Security Reader"), until=until)]
        admins = self._admins()
        made += [Grant(key, GLOBAL_ADMINISTRATOR) for key in admins[: max(1, 3 - len(made))]]
        made += [Grant(admins[step % len(admins)], ROLES[role]["id"]) for step, role in enumerate(_GIVEN_TO_PEOPLE)]
        return made

    def _of_everybody(self) -> list[Grant]:
        users = self.tenant.users
        emergencies = self.people.emergency_accounts
        globals_ = min(users, emergencies + 1 + round((1 - self.people.care) * min(6, 1 + users // 25)))
        made = [Grant(self.people.id_of(index), GLOBAL_ADMINISTRATOR) for index in range(globals_)]
        others = min(users - globals_, 2 + users // 60, 60)
        for step in range(max(0, others)):
            role = ROLES[_GIVEN_TO_PEOPLE[step % len(_GIVEN_TO_PEOPLE)]]["id"]
            made.append(Grant(self.people.id_of(globals_ + step), role))
        if users > 20:
            made.append(Grant(self.ids.of("group", PRIVILEGED), ROLES[3]["id"]))
        if self.people.care < 0.5:
            made.append(Grant(self.ids.of("principal", 0), ROLES[11 if self.people.care > 0.25 else 0]["id"]))
        return made

    @property
    def _has_management(self) -> bool:
        return self.tenant.licence is Licence.P2

    def _emergencies(self) -> list[str]:
        return [self.people.id_of(index) for index in range(self.people.emergency_accounts)]

    def _admins(self) -> list[str]:
        first = self.people.emergency_accounts
        return [self.people.id_of(first + step) for step in range(self.people.admin_accounts)]

    def eligible(self) -> list[Grant]:
        """Who may activate a role; only tenants with Entra ID P2 have this."""
        if not self._has_management:
            return []
        if self.people.admin_accounts:
            return self._eligible_admin_accounts()
        if self.tenant.users < 10:
            return []
        count = min(2 + self.tenant.users // 20, 24)
        first = min(self.tenant.users - 1, 9)
        grants = []
        for step in range(count):
            role = ROLES[_ELIGIBLE_FOR[step % len(_ELIGIBLE_FOR)]]["id"]
            until = None if step % 3 else stamp(self.people.born + (20 + 11 * step) * DAY)
            person = self.people.id_of((first + step * 7) % self.tenant.users)
            grants.append(Grant(person, role, "eligible", until))
        return grants

    def _eligible_admin_accounts(self) -> list[Grant]:
        """Two may become Global Administrators; a group of administrators shares one role."""
        admins, until = self._admins(), stamp(self.people.born + 170 * DAY)
        made = [Grant(key, GLOBAL_ADMINISTRATOR, "eligible", until) for key in admins[:2]]
        for step, role in enumerate(_ELIGIBLE_FOR[1:]):
            made.append(Grant(admins[step % len(admins)], ROLES[role]["id"], "eligible", until))
        if self.tenant.users > 20:
            made.append(Grant(self.ids.of("group", PRIVILEGED), ROLES[3]["id"], "eligible", until))
        return made

    def _activated(self) -> list[Grant]:
        """A few of the eligible have activated their role for today."""
        until = stamp(self.people.born + 32 * HOUR)
        return [Grant(item.principal, item.role, "activated", until) for item in self.eligible()[::6]]

    def activated(self, role: Item) -> Item:
        """A row of directoryRoles: the role as an object of the tenant, with an id of its own."""
        return {
            "id": guid(self.tenant.id, "directory role", role["id"]),
            "deletedDateTime": None,
            "displayName": role["displayName"],
            "description": role["description"],
            "roleTemplateId": role["id"],
        }

    def assignment(self, grant: Grant) -> Item:
        """A row of roleAssignments."""
        return {
            "id": grant_id(self.tenant.id, grant),
            "principalId": grant.principal,
            "roleDefinitionId": grant.role,
            "directoryScopeId": "/",
            "appScopeId": None,
        }

    def instance(self, grant: Grant) -> Item:
        """A row of roleAssignmentScheduleInstances or roleEligibilityScheduleInstances."""
        started = stamp(self.people.born - (100 * DAY if grant.kind != "activated" else -8 * HOUR))
        row = {
            **self.assignment(grant),
            "memberType": "Direct",
            "startDateTime": started,
            "endDateTime": grant.until,
        }
        schedule = guid(self.tenant.id, grant.principal, grant.role, grant.kind, "schedule")
        if grant.kind == "eligible":
            return {**row, "roleEligibilityScheduleId": schedule}
        kind = "Activated" if grant.kind == "activated" else "Assigned"
        origin = grant_id(self.tenant.id, grant)
        return {**row, "assignmentType": kind, "roleAssignmentOriginId": origin, "roleAssignmentScheduleId": schedule}


def grant_id(tenant_id: str, grant: Grant) -> str:
    return guid(tenant_id, grant.principal, grant.role, grant.kind).replace("-", "")
