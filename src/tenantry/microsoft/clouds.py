"""Microsoft's clouds as data: every base address and audience, one record per cloud.

Sources: learn.microsoft.com/graph/deployments, …/azure/azure-government/compare-azure-government-global-azure,
…/azure/china/resources-developer-guide.
"""

from dataclasses import dataclass, replace
from typing import Final


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
    federation_audience: str = "api://AzureADTokenExchange"
    """What a managed identity's token is for when it vouches for an application."""
    imds: str = "http://169.254.169.254"


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
        imds=base,
    )


def cloud_named(name: str, simulator_address: str) -> Cloud:
    """The cloud of this name. Raises KeyError for a name that is none."""
    clouds = {cloud.name: cloud for cloud in (PUBLIC, US_GOV, US_DOD, CHINA, simulator(simulator_address))}
    return clouds[name]
