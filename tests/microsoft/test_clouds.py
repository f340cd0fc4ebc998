"""Every cloud's addresses and audiences, as Microsoft publishes them."""

import pytest
from tests.microsoft.counterparts import CONTOSO, Script, connect, says

from tenantry.microsoft import CHINA, PUBLIC, US_DOD, US_GOV, Cloud, Microsoft, cloud_named, simulator

SIMULATOR = simulator("http://127.0.0.1:9400/")
CLOUDS = [PUBLIC, US_GOV, US_DOD, CHINA, SIMULATOR]


@pytest.mark.parametrize(
    ("cloud", "login", "graph", "arm"),
    [
        (PUBLIC, "login.microsoftonline.com", "graph.microsoft.com", "management.azure.com"),
        (US_GOV, "login.microsoftonline.us", "graph.microsoft.us", "management.usgovcloudapi.net"),
        (US_DOD, "login.microsoftonline.us", "dod-graph.microsoft.us", "management.usgovcloudapi.net"),
        (
            CHINA,
            "login.partner.microsoftonline.cn",
            "microsoftgraph.chinacloudapi.cn",
            "management.chinacloudapi.cn",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Cloud) else None,
)
def test_requests_go_to_the_clouds_own_hosts_with_its_own_audiences(
    cloud: Cloud, login: str, graph: str, arm: str
) -> None:
    assert (cloud.login, cloud.graph, cloud.arm) == (f"https://{login}", f"https://{graph}", f"https://{arm}")
    assert (cloud.graph_audience, cloud.arm_audience) == (cloud.graph, cloud.arm)
    assert cloud.imds == "http://169.254.169.254", "the metadata address is the same everywhere"


@pytest.mark.parametrize(
    ("cloud", "vault", "federation"),
    [
        (PUBLIC, "vault.azure.net", "api://AzureADTokenExchange"),
        (US_GOV, "vault.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov"),
        (US_DOD, "vault.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov"),
        (CHINA, "vault.azure.cn", "api://AzureADTokenExchangeChina"),
    ],
    ids=lambda value: value.name if isinstance(value, Cloud) else None,
)
def test_vaults_and_federated_identities_are_of_the_cloud(cloud: Cloud, vault: str, federation: str) -> None:
    assert (cloud.key_vault_audience, cloud.key_vault_suffix) == (f"https://{vault}", f".{vault}")
    assert cloud.federation_audience == federation


def test_the_simulator_is_one_address_with_the_public_clouds_audiences() -> None:
    base = "http://127.0.0.1:9400"
    assert {SIMULATOR.login, SIMULATOR.graph, SIMULATOR.arm, SIMULATOR.imds, SIMULATOR.portal} == {base}
    assert SIMULATOR.graph_audience == PUBLIC.graph_audience
    assert SIMULATOR.arm_audience == PUBLIC.arm_audience
    assert SIMULATOR.key_vault_audience == PUBLIC.key_vault_audience


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_cloud_is_found_by_its_name(cloud: Cloud) -> None:
    assert cloud_named(cloud.name, "http://127.0.0.1:9400") == cloud


async def test_tokens_are_asked_for_the_audience_of_the_service(script: Script, microsoft: Microsoft) -> None:
    script.on("/v1.0/users", says({"value": []}))
    script.on("/subscriptions", says({"value": []}))
    contoso = connect(microsoft, CONTOSO)
    await contoso.graph.get("/users")
    await contoso.arm.get("/subscriptions", "2022-12-01")
    scopes = [form["scope"] for form in script.token_requests]
    assert scopes == ["https://graph.microsoft.com/.default", "https://management.azure.com/.default"]
