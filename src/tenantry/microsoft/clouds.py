"""Microsoft's clouds as data: every base address and audience, one record per cloud.

Sources: learn.microsoft.com/graph/deployments, …/azure/azure-government/compare-azure-government-global-azure,
…/azure/china/resources-developer-guide.
"""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where a cloud's services are, and what their tokens are for."""

    name: str
    login: str
    graph: str
    arm: str
    graph_audience: str
    arm_audience: str
    key_vault_audience: str
    key_vault_suffix: str
    portal: str
    exchange: str
    exchange_audience: str
    compliance: str
    compliance_audience: str
    teams: str
    sharepoint: str
    """Of the administration site; `{name}` is the first label of the tenant's initial domain."""
    sharepoint_audience: str
    fabric: str
    fabric_audience: str
    initial_suffix: str = ".onmicrosoft.com"
    federation_audience: str = "api://AzureADTokenExchange"
    """What a managed identity's token is for when it vouches for an application."""
    teams_audience: str = "48ac35b8-9aa8-4d74-927d-1f4a14a0b239"
    imds: str = "http://169.254.169.254"
    dns: tuple[str, ...] = ()
    """Name servers as `host` or `host:port`; none means those of this machine."""


PUBLIC: Final = Cloud(
    name="public",
    login="https://login.microsoftonline.com",
    graph="https://graph.microsoft.com",
    arm="https://management.azure.com",
    graph_audience="https://graph.microsoft.com",
    arm_audience="https://management.azure.com",
    key_vault_audience="https://vault.azure.net",
    key_vault_suffix=".vault.azure.net",
    portal="https://entra.microsoft.com",
    exchange="https://outlook.office365.com",
    exchange_audience="https://outlook.office365.com",
    compliance="https://ps.compliance.protection.outlook.com",
    compliance_audience="https://ps.compliance.protection.outlook.com",
    teams="https://api.interfaces.records.teams.microsoft.com",
    sharepoint="https://{name}-admin.sharepoint.com",
    sharepoint_audience="https://{name}-admin.sharepoint.com",
    fabric="https://api.fabric.microsoft.com",
    fabric_audience="https://api.fabric.microsoft.com",
)
US_GOV: Final = Cloud(
    name="us_gov",
    login="https://login.microsoftonline.us",
    graph="https://graph.microsoft.us",
    arm="https://management.usgovcloudapi.net",
    graph_audience="https://graph.microsoft.us",
    arm_audience="https://management.usgovcloudapi.net",
    key_vault_audience="https://vault.usgovcloudapi.net",
    key_vault_suffix=".vault.usgovcloudapi.net",
    portal="https://entra.microsoft.us",
    exchange="https://outlook.office365.us",
    exchange_audience="https://outlook.office365.us",
    compliance="https://ps.compliance.protection.office365.us",
    compliance_audience="https://ps.compliance.protection.office365.us",
    teams="https://api.interfaces.records.gov.teams.microsoft.us",
    sharepoint="https://{name}-admin.sharepoint.us",
    sharepoint_audience="https://{name}-admin.sharepoint.us",
    fabric="https://api.fabric.microsoft.us",
    fabric_audience="https://api.fabric.microsoft.us",
    initial_suffix=".onmicrosoft.us",
    federation_audience="api://AzureADTokenExchangeUSGov",
)
US_DOD: Final = replace(
    US_GOV, name="us_dod", graph="https://dod-graph.microsoft.us", graph_audience="https://dod-graph.microsoft.us"
)
CHINA: Final = Cloud(
    name="china",
    login="https://login.partner.microsoftonline.cn",
    graph="https://microsoftgraph.chinacloudapi.cn",
    arm="https://management.chinacloudapi.cn",
    graph_audience="https://microsoftgraph.chinacloudapi.cn",
    arm_audience="https://management.chinacloudapi.cn",
    key_vault_audience="https://vault.azure.cn",
    key_vault_suffix=".vault.azure.cn",
    portal="https://entra.microsoftonline.cn",
    exchange="https://partner.outlook.cn",
    exchange_audience="https://partner.outlook.cn",
    compliance="https://ps.compliance.protection.partner.outlook.cn",
    compliance_audience="https://ps.compliance.protection.partner.outlook.cn",
    teams="https://api.interfaces.records.teams.microsoftonline.cn",
    sharepoint="https://{name}-admin.sharepoint.cn",
    sharepoint_audience="https://{name}-admin.sharepoint.cn",
    fabric="https://api.fabric.azure.cn",
    fabric_audience="https://api.fabric.azure.cn",
    initial_suffix=".partner.onmschina.cn",
    federation_audience="api://AzureADTokenExchangeChina",
)


def simulator(address: str) -> Cloud:
    """A running mscloudsim: everything at one address, with the public cloud's audiences."""
    base = address.rstrip("/")
    return Cloud(
        name="simulator",
        login=base,
        graph=base,
        arm=base,
        graph_audience=PUBLIC.graph_audience,
        arm_audience=PUBLIC.arm_audience,
        key_vault_audience=PUBLIC.key_vault_audience,
        key_vault_suffix="",
        portal=base,
        exchange=f"{base}/exchange",
        exchange_audience=PUBLIC.exchange_audience,
        compliance=f"{base}/compliance",
        compliance_audience=PUBLIC.compliance_audience,
        teams=f"{base}/teams",
        sharepoint=f"{base}/sharepoint/{{name}}",
        sharepoint_audience=PUBLIC.sharepoint_audience,
        fabric=f"{base}/fabric",
        fabric_audience=PUBLIC.fabric_audience,
        imds=base,
        dns=(urlsplit(base).netloc,),
    )


def cloud_named(name: str, simulator_address: str) -> Cloud:
    """The cloud of this name. Raises KeyError for a name that is none."""
    clouds = {cloud.name: cloud for cloud in (PUBLIC, US_GOV, US_DOD, CHINA, simulator(simulator_address))}
    return clouds[name]
