"""The smaller resources: organization, domains, licences, applications, policies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mscloudsim.authorization import Caller
from mscloudsim.errors import GraphRefusal
from mscloudsim.graph import kinds
from mscloudsim.graph.listing import Kind, listing, page_reply
from mscloudsim.http import Reply, Request
from mscloudsim.world.azure.dice import chance, dice, guid
from mscloudsim.world.directory import Directory
from mscloudsim.world.directory.people import SKUS, stamp
from mscloudsim.world.directory.policies import authorization_policy
from mscloudsim.world.estate import Licence
from mscloudsim.world.world import World

Item = dict[str, Any]
Route = tuple[str, Callable[..., Reply], tuple[str, ...]]


@dataclass
class Catalogue:
    """Resources that are few enough to be made anew for every answer."""

    world: World

    def routes(self) -> list[Route]:
        directory = ("Directory.Read.All",)
        return [
            ("/organization", self.organization, ("Organization.Read.All", *directory)),
            ("/domains", self.domains, ("Domain.Read.All", *directory)),
            ("/subscribedSkus", self.skus, ("LicenseAssignment.Read.All", "Organization.Read.All", *directory)),
            ("/applications", self.applications, ("Application.Read.All", *directory)),
            ("/servicePrincipals", self.service_principals, ("Application.Read.All", *directory)),
            ("/identity/conditionalAccess/policies", self.conditional_access, ("Policy.Read.All",)),
            ("/policies/authorizationPolicy", self.authorization, ("Policy.Read.All",)),
            ("/policies/identitySecurityDefaultsEnforcementPolicy", self.security_defaults, ("Policy.Read.All",)),
        ]

    def organization(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        tenant = caller.tenant
        plans = {Licence.P1: ["AAD_PREMIUM"], Licence.P2: ["AAD_PREMIUM", "AAD_PREMIUM_P2"]}.get(tenant.licence, [])
        row = {
            "id": tenant.id,
            "displayName": tenant.name,
            "countryLetterCode": tenant.country,
            "createdDateTime": stamp(directory.born - timedelta(days=1500)),
            "tenantType": "AAD",
            "onPremisesSyncEnabled": True if tenant.users > 100 else None,  # noqa: PLR2004
            "verifiedDomains": [
                {
                    "name": tenant.domain,
                    "isDefault": True,
                    "isInitial": False,
                    "capabilities": "Email",
                    "type": "Managed",
                },
                {
                    "name": tenant.initial_domain,
                    "isDefault": False,
                    "isInitial": True,
                    "capabilities": "Email",
                    "type": "Managed",
                },
            ],
            "assignedPlans": [
                {"service": "AADPremiumService", "servicePlanId": guid("plan", plan), "capabilityStatus": "Enabled"}
                for plan in plans
            ],
        }
        return self._rows(request, directory, Kind("organization", frozenset(row), pages=False), [row])

    def domains(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        names = ((caller.tenant.domain, True, False), (caller.tenant.initial_domain, False, True))
        rows = [
            {
                "id": name,
                "authenticationType": "Managed",
                "isDefault": default,
                "isInitial": initial,
                "isVerified": True,
                "isAdminManaged": True,
                "isRoot": True,
                "passwordValidityPeriodInDays": 2147483647,
                "passwordNotificationWindowInDays": 14,
                "supportedServices": ["Email"],
            }
            for name, default, initial in names
        ]
        return self._rows(request, directory, Kind("domain", frozenset(rows[0])), rows)

    def skus(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        tenant = caller.tenant
        kinds_of = SKUS[tenant.licence]
        rows = []
        for sku_id, part in kinds_of:
            used = int(tenant.users * 0.84 / len(kinds_of))
            spare = int(used * (0.02 + 0.2 * chance(tenant.id, part)))
            units = {"enabled": used + spare, "suspended": 0, "warning": 0, "lockedOut": 0}
            row = {"id": f"{tenant.id}_{sku_id}", "skuId": sku_id, "skuPartNumber": part, "consumedUnits": used}
            rows.append(
                {**row, "prepaidUnits": units, "capabilityStatus": "Enabled", "appliesTo": "User", "servicePlans": []}
            )
        names = frozenset(rows[0]) if rows else frozenset({"id"})
        return self._rows(request, directory, Kind("subscribedSku", names, pages=False), rows)

    def applications(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        return listing(self.world, request, caller.tenant.id, kinds.APPLICATION, lambda start: _apps(directory, start))

    def service_principals(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        rows = [
            {
                "id": caller.tenant.object_id_of(app_id),
                "appId": app_id,
                "displayName": self.world.estate.apps[app_id].name,
                "accountEnabled": True,
                "servicePrincipalType": "Application",
                "appOwnerOrganizationId": self.world.estate.apps[app_id].home_tenant_id,
            }
            for app_id in caller.tenant.consents
            if app_id in self.world.estate.apps
        ]
        return self._rows(request, directory, kinds.SERVICE_PRINCIPAL, rows)

    def conditional_access(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        if caller.tenant.licence is Licence.FREE:
            text = "Your tenant is not licensed for this feature."
            raise GraphRefusal(403, "AadPremiumLicenseRequired", text)
        return self._rows(request, directory, kinds.POLICY, list(directory.policies.values()))

    def authorization(self, request: Request, caller: Caller, _directory: Directory) -> Reply:
        context = f"{request.base_url}/v1.0/$metadata#policies/authorizationPolicy/$entity"
        return page_reply({"@odata.context": context, **authorization_policy(caller.tenant)})

    def security_defaults(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        on = not directory.policies and chance(caller.tenant.id, "defaults") < 0.6  # noqa: PLR2004
        row = {"id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults", "isEnabled": on}
        context = f"{request.base_url}/v1.0/$metadata#policies/identitySecurityDefaultsEnforcementPolicy/$entity"
        return page_reply({"@odata.context": context, **row})

    def _rows(self, request: Request, directory: Directory, kind: Kind, rows: list[Item]) -> Reply:
        def source(start: int) -> Iterator[tuple[int, Item]]:
            return ((position, rows[position]) for position in range(start, len(rows)))

        return listing(self.world, request, directory.tenant.id, kind, source)


def _apps(directory: Directory, start: int) -> Iterator[tuple[int, Item]]:
    tenant = directory.tenant
    for index in range(start, max(2, min(2000, tenant.users // 15))):
        roll = dice(tenant.seed, tenant.id, "application", index)
        born = directory.born
        secrets = [
            {
                "keyId": guid(tenant.id, "secret", index, number),
                "displayName": "secret",
                "startDateTime": stamp(born - timedelta(days=400)),
                "endDateTime": stamp(born + timedelta(days=roll.randint(-60, 400))),
                "hint": None,
            }
            for number in range(roll.randint(0, 2))
        ]
        certificates = [
            {
                "keyId": guid(tenant.id, "key", index),
                "type": "AsymmetricX509Cert",
                "endDateTime": stamp(born + timedelta(days=300)),
            }
        ]
        yield (
            index,
            {
                "id": guid(tenant.seed, tenant.id, "application", index),
                "appId": guid(tenant.seed, tenant.id, "app-id", index),
                "displayName": f"{roll.choice(('Backup', 'HR portal', 'CRM sync', 'Monitoring', 'Website'))} {index}",
                "createdDateTime": stamp(born - timedelta(days=roll.randint(10, 900))),
                "signInAudience": "AzureADMyOrg",
                "passwordCredentials": secrets,
                "keyCredentials": certificates if roll.random() < 0.2 else [],  # noqa: PLR2004
            },
        )
