"""Licences: names and ids of learn.microsoft.com/entra/identity/users/licensing-service-plan-reference."""

from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.world.estate import Licence, Tenant

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A service plan inside a licence."""

    id: str
    name: str
    service: str


@dataclass(frozen=True, slots=True)
class Sku:
    """A licence that can be bought."""

    id: str
    part_number: str
    plans: tuple[Plan, ...]
    subscription: str = "CSP"


P1: Final = Plan("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM", "AADPremiumService")
P2: Final = Plan("eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2", "AADPremiumService")
MFA: Final = Plan("8a256a2b-b617-496d-b51b-e76466e88db0", "MFA_PREMIUM", "MultiFactorService")
INTUNE: Final = Plan("c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "INTUNE_A", "SCO")
MAIL: Final = Plan("9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD", "exchange")
MAIL_2: Final = Plan("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "exchange")
MAIL_KIOSK: Final = Plan("4a82b400-a79f-41a4-b4e2-e94f5787b113", "EXCHANGE_S_DESKLESS", "exchange")
MAILS: Final = frozenset({MAIL.name, MAIL_2.name, MAIL_KIOSK.name})
SITES: Final = Plan("c7699d2e-19aa-44de-8edf-1736da088ca1", "SHAREPOINTSTANDARD", "SharePoint")
SITES_2: Final = Plan("5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE", "SharePoint")
TEAMS: Final = Plan("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1", "TeamspaceAPI")
DEFENDER: Final = Plan("f20fedf3-f3c3-43c3-8267-2bfdd51c0939", "ATP_ENTERPRISE", "exchange")
DEFENDER_2: Final = Plan("8e0c0a52-6a6c-4d40-8370-dd62790dcd70", "THREAT_INTELLIGENCE", "exchange")
LOCKBOX: Final = Plan("9f431833-0334-42de-a7dc-70aa40db46db", "LOCKBOX_ENTERPRISE", "exchange")
DOCUMENTS: Final = Plan("bf6f5520-59e3-4f82-974b-7dbbc4fd27c7", "SAFEDOCS", "WindowsDefenderATP")
CLOUD_APPS: Final = Plan("2e2ddb96-6af9-4b1d-a3f0-d6ecfd22edb2", "ADALLOM_S_STANDALONE", "Adallom")
LABELS: Final = Plan("6c57d4b6-3b23-47a5-9bc9-69f17b4947b3", "RMS_S_PREMIUM", "RMSOnline")
LABELS_2: Final = Plan("5689bec4-755d-4753-8b61-40975025187c", "RMS_S_PREMIUM2", "RMSOnline")
PREVENTION: Final = Plan("9bec7e34-c9fa-40b7-a9d1-bd6d1165c7ed", "BPOS_S_DlpAddOn", "exchange")
PREVENTION_2: Final = Plan("6dc145d6-95dd-4191-b9c3-185575ee6f6b", "COMMUNICATIONS_DLP", "exchange")
OFFICE: Final = Plan("43de0ff5-c92c-492b-9116-175376d08c38", "OFFICESUBSCRIPTION", "MicrosoftOffice")
POWER_BI: Final = Plan("70d33638-9c74-4d01-bfd3-562de28bd4ba", "BI_AZURE_P2", "AzureAnalysis")
VISIO: Final = Plan("663a804f-1c30-4ff0-9915-9db84f0d1cea", "VISIO_CLIENT_SUBSCRIPTION", "MicrosoftOffice")
FLOW: Final = Plan("50e68c76-46c6-4674-81f9-75456511b170", "FLOW_P2_VIRAL", "ProcessSimple")

E5: Final = Sku(
    "06ebc4ee-1bb5-47dd-8120-11324bc54e06",
    "SPE_E5",
    (
        *(P1, P2, MFA, INTUNE, MAIL_2, SITES_2, TEAMS, OFFICE, POWER_BI, CLOUD_APPS),
        *(DEFENDER, DEFENDER_2, DOCUMENTS, LOCKBOX, LABELS, LABELS_2, PREVENTION, PREVENTION_2),
    ),
)
E3: Final = Sku(
    "05e9a617-0261-4cee-bb44-138d3ef5d965",
    "SPE_E3",
    (P1, MFA, INTUNE, MAIL_2, SITES_2, TEAMS, OFFICE, LABELS, PREVENTION),
)
FRONTLINE: Final = Sku("66b55226-6b4f-492c-910c-a3b7a3c9d993", "SPE_F1", (P1, MFA, INTUNE, MAIL_KIOSK, TEAMS))
BUSINESS_PREMIUM: Final = Sku(
    "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
    "SPB",
    (P1, MFA, INTUNE, MAIL, SITES, TEAMS, DEFENDER, OFFICE, LABELS, PREVENTION),
)
BUSINESS_BASIC: Final = Sku("3b555118-da6a-4418-894f-7df1e2096870", "O365_BUSINESS_ESSENTIALS", (MAIL, SITES, TEAMS))
WITHOUT_TEAMS: Final = Sku(
    "b1f3042b-a390-4b56-ab61-b88e7e767a97", "Microsoft_365_Business_Basic_EEA_(no_Teams)", (MAIL, SITES)
)
POWER_BI_PRO: Final = Sku("f8a1db68-be16-40ed-86d5-cb42ce701560", "POWER_BI_PRO", (POWER_BI,))
VISIO_2: Final = Sku("c5928f49-12ba-48f7-ada3-0d743a3601d5", "VISIOCLIENT", (VISIO,))
FLOW_FREE: Final = Sku("f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE", (FLOW,))

_BASES: Final[dict[Licence, tuple[tuple[int, Sku], ...]]] = {
    Licence.FREE: ((256, BUSINESS_BASIC),),
    Licence.P1: ((200, BUSINESS_PREMIUM), (256, BUSINESS_BASIC)),
    Licence.P2: ((120, E5), (230, E3), (256, FRONTLINE)),
}
_ENTERPRISE: Final = ((200, E3), (256, FRONTLINE))
_BUSINESS_LIMIT: Final = 300
"""Business licences are sold for at most 300 users (learn.microsoft.com, service descriptions)."""
_ROUND, _TEAMLESS = 12, 11
"""Of twelve tenants, the one that buys Business Basic without Teams, as one may in Europe."""
_ADD_ONS: Final = ((14, POWER_BI_PRO), (20, VISIO_2), (60, FLOW_FREE))
ALL: Final = (E5, E3, FRONTLINE, BUSINESS_PREMIUM, BUSINESS_BASIC, WITHOUT_TEAMS, POWER_BI_PRO, VISIO_2, FLOW_FREE)
BY_ID: Final = {sku.id: sku for sku in ALL}


def base_for(tenant: Tenant, roll: int) -> Sku:
    """The main licence that a member with this roll (0-255) has."""
    if tenant.licence is Licence.FREE and tenant.index % _ROUND == _TEAMLESS:
        return WITHOUT_TEAMS
    large = tenant.licence is Licence.P1 and tenant.users > _BUSINESS_LIMIT
    choices = _ENTERPRISE if large else _BASES[tenant.licence]
    return next(sku for limit, sku in choices if roll < limit)


def add_on_for(roll: int) -> Sku | None:
    return next((sku for limit, sku in _ADD_ONS if roll < limit), None)


def entra_plans(tenant: Tenant) -> tuple[Plan, ...]:
    """The Entra ID plans a tenant has; they decide which interfaces answer."""
    return {Licence.FREE: (), Licence.P1: (P1,), Licence.P2: (P1, P2)}[tenant.licence]
