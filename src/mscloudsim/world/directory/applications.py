"""Applications, their service principals, their credentials, and what they were allowed."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import orjson

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.directory.ids import ObjectIds
from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.stamps import DAY, stamp
from mscloudsim.world.estate import App, Estate

Item = dict[str, Any]

GRAPH: Final = "00000003-0000-0000-c000-000000000000"
_MICROSOFT: Final = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant that owns Microsoft's own applications."""
FIRST_PARTY: Final = (
    (GRAPH, "Microsoft Graph"),
    ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"),
    ("00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online"),
    ("797f4846-ba00-4fd7-ba43-dac1f8f63013", "Windows Azure Service Management API"),
    ("cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "Azure Key Vault"),
    ("48ac35b8-9aa8-4d74-927d-1f4a14a0b239", "Skype and Teams Tenant Admin API"),
    ("c1f33bc0-bdb4-4248-ba9b-096807ddb43e", "Microsoft 365 on the web"),
)
"""Application ids from learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in."""
_DEFAULT_ACCESS: Final = "00000000-0000-0000-0000-000000000000"
_UNDECIDED: Final = 0.2
_PURPOSES: Final = (
    "Backup", "HR portal", "CRM sync", "Monitoring", "Website", "Invoice scanner", "Résumé parser", "Data export",
    "Single sign-on demo", "Old migration tool",
)  # fmt: skip
_PERMISSIONS: Final = (
    ("User.Read.All",), ("Directory.Read.All",), ("User.Read.All", "Group.Read.All"), ("AuditLog.Read.All",), (),
    ("Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"), ("Directory.ReadWrite.All",), (),
)  # fmt: skip
_SCOPES: Final = ("User.Read", "User.Read offline_access", "openid profile email", "Mail.Read User.Read")
_MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission of Microsoft Graph, with the ids under which applications and people can be given it."""

    name: str
    role_id: str
    shown: str
    scope_id: str | None


def _permissions() -> dict[str, Permission]:
    """Names and ids of Microsoft's reference (microsoft-graph-devx-content, MIT); newest ids are missing."""
    rows = orjson.loads(files(__package__).joinpath("graph_permissions.json").read_bytes())
    return {
        name: Permission(name, role or guid("graph permission", name), shown, scope)
        for name, (role, shown, scope) in rows.items()
    }


PERMISSIONS: Final = _permissions()
_SECRET: Final[Item] = {"customKeyIdentifier": None, "secretText": None}


class Applications:
    """App registrations and service principals of a tenant."""

    def __init__(self, people: People, ids: ObjectIds, estate: Estate) -> None:
        self.people, self.tenant, self.ids, self.estate = people, people.tenant, ids, estate
        self.count = max(2, min(_MOST, self.tenant.users // 15))

    @property
    def registrations(self) -> int:
        """The generated ones, and the one the tenant is onboarded with when it is registered here."""
        return self.count + (self._own() is not None)

    def application(self, index: int) -> Item:
        if index == self.count and (own := self._own()) is not None:
            return self._registered(own)
        rolls = self.ids.rolls("application", index)
        created = self.people.born - (12 + int.from_bytes(rolls[:2]) % 1400) * DAY
        access = [
            {"id": PERMISSIONS[name].role_id, "type": "Role"} for name in self._wanted(rolls) if name in PERMISSIONS
        ]
        return {
            **self._bare(index, self.app_id(index), self.name(index, rolls), created),
            "signInAudience": "AzureADMultipleOrgs" if rolls[2] < 20 else "AzureADMyOrg",
            "identifierUris": [f"api://{self.app_id(index)}"] if rolls[3] < 60 else [],
            "requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": access}] if access else [],
            "passwordCredentials": self._secrets(index, rolls, created),
            "keyCredentials": self._certificates(index, rolls, created),
        }

    def _registered(self, app: App) -> Item:
        """The one the tenant is onboarded with: of its secret Microsoft shows three characters, and when it ends."""
        created = self.people.born - 40 * DAY
        secret = {**_SECRET, "keyId": guid(app.id, "secret"), "displayName": "control plane", "hint": app.secret[:3]}
        times = {"startDateTime": stamp(created), "endDateTime": stamp(app.secret_expires_at)}
        return {**self._bare(self.count, app.id, app.name, created), "passwordCredentials": [{**secret, **times}]}

    def _bare(self, index: int, app_id: str, name: str, created: int) -> Item:
        return {
            "id": self.ids.of("application", index),
            "deletedDateTime": None,
            "appId": app_id,
            "displayName": name,
            "description": None,
            "createdDateTime": stamp(created),
            "signInAudience": "AzureADMyOrg",
            "publisherDomain": self.tenant.domain,
            "identifierUris": [],
            "tags": [],
            "requiredResourceAccess": [],
            "passwordCredentials": [],
            "keyCredentials": [],
        }

    @property
    def secret(self) -> tuple[str, float]:
        """Of the application the tenant is onboarded with, and when it ends: part of the tenant's state."""
        app = self.estate.app_of(self.tenant)
        return app.secret, app.secret_expires_at

    def _own(self) -> App | None:
        app = self.estate.app_of(self.tenant)
        return app if app.home_tenant_id == self.tenant.id else None

    def app_id(self, index: int) -> str:
        return self.ids.of("app", index)

    def name(self, index: int, rolls: bytes) -> str:
        name = f"{_PURPOSES[rolls[4] % len(_PURPOSES)]} {index}"
        return f"<i>{name}</i>" if self.people.is_hostile(index) else name

    def _secrets(self, index: int, rolls: bytes, created: int) -> list[Item]:
        """None, one or two; expired, about to expire, or valid far too long."""
        return [
            {
                **_SECRET,
                "keyId": guid(self.tenant.id, "secret", index, place),
                "displayName": ("deployment", "Password uploaded by portal", None)[rolls[6 + place] % 3],
                "hint": rolls[10 + place : 12 + place].hex()[:3],
                "startDateTime": stamp(max(created, self.people.born - 500 * DAY)),
                "endDateTime": stamp(self.people.born + (rolls[8 + place] * 4 - 160) * DAY),
            }
            for place in range((0, 1, 1, 2)[rolls[5] % 4])
        ]

    def _certificates(self, index: int, rolls: bytes, created: int) -> list[Item]:
        if rolls[12] >= 64:
            return []
        return [
            {
                "customKeyIdentifier": rolls[20:40].hex().upper(),
                "keyId": guid(self.tenant.id, "certificate", index),
                "displayName": f"CN={self.tenant.slug}-app{index}",
                "type": "AsymmetricX509Cert",
                "usage": "Verify",
                "key": None,
                "startDateTime": stamp(created),
                "endDateTime": stamp(self.people.born + (rolls[13] * 3 - 90) * DAY),
            }
        ]

    def _wanted(self, rolls: bytes) -> tuple[str, ...]:
        return _PERMISSIONS[rolls[14] % len(_PERMISSIONS)]

    # Service principals: Microsoft's own, then one for each app registration, then the platform's.

    @property
    def principal_count(self) -> int:
        """The last of Microsoft's own, storage elsewhere, is there once somebody decided about it."""
        return self.count + len(FIRST_PARTY) - (self.people.care < _UNDECIDED)

    def principal(self, index: int) -> Item:
        """The applications of the tenant come first, so that number 0 is one of them."""
        if index >= self.count:
            app_id, name = FIRST_PARTY[index - self.count]
            return self._principal(self.ids.of("principal", index), app_id, name, _MICROSOFT)
        name = self.name(index, self.ids.rolls("application", index))
        return self._principal(self.ids.of("principal", index), self.app_id(index), name, self.tenant.id)

    def consented(self) -> list[Item]:
        """The service principals of applications that administrators consented to as the simulation went on."""
        apps = [self.estate.apps[app_id] for app_id in self.tenant.consents if app_id in self.estate.apps]
        return [self._principal(self.tenant.object_id_of(app.id), app.id, app.name, app.home_tenant_id) for app in apps]

    def _principal(self, object_id: str, app_id: str, name: str, owner: str) -> Item:
        disabled = app_id == FIRST_PARTY[-1][0] and self.people.care > 0.6
        return {
            "id": object_id,
            "deletedDateTime": None,
            "appId": app_id,
            "appDisplayName": name,
            "displayName": name,
            "accountEnabled": not disabled,
            "appOwnerOrganizationId": owner,
            "appRoleAssignmentRequired": False,
            "servicePrincipalType": "Application",
            "signInAudience": "AzureADMyOrg" if owner == self.tenant.id else "AzureADMultipleOrgs",
            "tags": [] if owner == _MICROSOFT else ["WindowsAzureActiveDirectoryIntegratedApp"],
            "passwordCredentials": [],
            "keyCredentials": [],
            "servicePrincipalNames": [app_id],
            "appRoles": _app_roles() if app_id == GRAPH else [],
        }

    @property
    def graph_principal(self) -> str:
        return self.ids.of("principal", self.count)

    def role_assignments(self, principal: Item) -> list[Item]:
        """What a service principal was allowed of Microsoft Graph, as an administrator of the tenant granted it."""
        consented = self.tenant.consents.get(principal["appId"])
        if consented is None:
            number = self.ids.number_of("principal", principal["id"])
            own = number is not None and number < self.count
            consented = (
                set(self._wanted(self.ids.rolls("application", number))) if own and number is not None else set()
            )
        return [
            {
                "id": guid(principal["id"], name).replace("-", ""),
                "deletedDateTime": None,
                "appRoleId": PERMISSIONS[name].role_id,
                "createdDateTime": stamp(self.people.born - 40 * DAY),
                "principalDisplayName": principal["displayName"],
                "principalId": principal["id"],
                "principalType": "ServicePrincipal",
                "resourceDisplayName": "Microsoft Graph",
                "resourceId": self.graph_principal,
            }
            for name in sorted(consented)
            if name in PERMISSIONS
        ]

    def owners(self, index: int) -> tuple[int, ...]:
        """Numbers of the people who own a registration; where nobody cares most have no owner."""
        rolls = self.ids.rolls("app owners", index)
        if rolls[0] > 120 + int(130 * self.people.care):
            return ()
        first = int.from_bytes(rolls[1:3]) % self.tenant.users
        return (first, (first + 1) % self.tenant.users) if rolls[3] < 80 and self.tenant.users > 1 else (first,)

    def users(self, index: int, groups: int) -> tuple[str, list[int]]:
        """Who may use an application: whether people or groups, and their numbers."""
        rolls = self.ids.rolls("app users", index)
        if rolls[0] < 60:
            return "Group", [rolls[1] % groups]
        first, count = int.from_bytes(rolls[2:4]), rolls[4] % 5
        return "User", sorted({(first + step) % self.tenant.users for step in range(count)})

    def assigned(self, resource: Item, kind: str, principal: Item) -> Item:
        """A row of appRoleAssignedTo: somebody who may use an application, without a role in it."""
        return {
            "id": guid(resource["id"], principal["id"]).replace("-", ""),
            "deletedDateTime": None,
            "appRoleId": _DEFAULT_ACCESS,
            "createdDateTime": stamp(self.people.born - 90 * DAY),
            "principalDisplayName": principal["displayName"],
            "principalId": principal["id"],
            "principalType": kind,
            "resourceDisplayName": resource["displayName"],
            "resourceId": resource["id"],
        }

    def delegated_grant(self, index: int) -> Item:
        """A row of oauth2PermissionGrants: every application has one, some for a single person."""
        rolls = self.ids.rolls("grant", index)
        one = rolls[0] < 90
        return {
            "id": self.ids.of("grant", index).replace("-", ""),
            "clientId": self.ids.of("principal", index),
            "consentType": "Principal" if one else "AllPrincipals",
            "principalId": self.people.id_of(int.from_bytes(rolls[1:5]) % self.tenant.users) if one else None,
            "resourceId": self.graph_principal,
            "scope": _SCOPES[rolls[5] % len(_SCOPES)],
        }


def _app_roles() -> list[Item]:
    return [
        {
            "id": permission.role_id,
            "value": permission.name,
            "displayName": permission.shown,
            "description": permission.shown,
            "isEnabled": True,
            "origin": "Application",
            "allowedMemberTypes": ["Application"],
        }
        for permission in PERMISSIONS.values()
    ]
