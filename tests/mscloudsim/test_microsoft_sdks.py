"""Microsoft's own libraries against the simulated cloud, unchanged but for endpoints and the trusted authority."""

import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx  # noqa: TID251 - msgraph-sdk speaks through it
import pytest
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError
from azure.identity import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from tests.mscloudsim.cloud import GRAPH, Cloud
from tests.mscloudsim.credentials import make_certificate


def by_secret(cloud: Cloud, name: str) -> ClientSecretCredential:
    tenant = cloud.customer(name=name) if name != cloud.partner["name"] else cloud.partner
    return ClientSecretCredential(
        tenant["id"],
        tenant["client_id"],
        tenant["client_secret"],
        authority=cloud.tls_url,
        disable_instance_discovery=True,
        connection_verify=cloud.ca_file,
    )


def test_azure_identity_by_secret(cloud: Cloud) -> None:
    with by_secret(cloud, "Contoso Health") as credential:
        token = credential.get_token(GRAPH)
    assert cloud.get("/v1.0/users?$top=1", token.token).status == 200


def test_azure_identity_says_what_entra_said(cloud: Cloud) -> None:
    with (
        by_secret(cloud, "Adventure Works Cycles") as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS7000222"),
    ):
        credential.get_token(GRAPH)


def test_azure_identity_by_certificate(cloud: Cloud) -> None:
    tenant, certified = cloud.customer(name="Trey Research"), make_certificate()
    cloud.order("credentials", {"tenant": tenant["id"], "certificate": certified.pem})
    with CertificateCredential(
        tenant["id"],
        tenant["client_id"],
        certificate_data=certified.pem_with_key,
        authority=cloud.tls_url,
        disable_instance_discovery=True,
        connection_verify=cloud.ca_file,
    ) as credential:
        token = credential.get_token(GRAPH)
    assert cloud.get("/v1.0/users?$top=1", token.token).status == 200


def test_azure_identity_by_managed_identity(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", cloud.url)
    with ManagedIdentityCredential() as credential:
        token = credential.get_token(GRAPH)
    assert cloud.get("/v1.0/users?$top=1", token.token).status == 200


@pytest.fixture
def vault(cloud: Cloud) -> Iterator[SecretClient]:
    with (
        by_secret(cloud, cloud.partner["name"]) as credential,
        SecretClient(
            cloud.tls_url, credential, verify_challenge_resource=False, connection_verify=cloud.ca_file
        ) as client,
    ):
        yield client


def test_key_vault_reads_writes_and_lists(cloud: Cloud, vault: SecretClient) -> None:
    assert vault.get_secret("cascadia-client-secret").value == cloud.partner["client_secret"]
    first, second = vault.set_secret("sdk", "one"), vault.set_secret("sdk", "two", tags={"by": "test"})
    assert vault.get_secret("sdk", first.properties.version).value == "one"
    assert vault.get_secret("sdk").properties.version == second.properties.version
    names = [item.name for item in vault.list_properties_of_secrets(max_page_size=2)]
    assert {"sdk", "cascadia-client-secret"} <= set(names)
    assert len(names) == len(set(names))
    assert [item.version for item in vault.list_properties_of_secret_versions("sdk")] == [
        first.properties.version,
        second.properties.version,
    ]
    with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
        vault.get_secret("unknown")


def count_of_users(cloud: Cloud) -> int:
    token = cloud.token(cloud.customer(name="Contoso Health"))
    headers = {"authorization": f"Bearer {token}", "consistencylevel": "eventual"}
    return int(cloud.call("/v1.0/users/$count", headers=headers).body)


# msgraph-sdk warns when it is imported, and is slow to import: hence inside of what uses it.
QUIET = pytest.mark.filterwarnings("ignore:.* deprecated:DeprecationWarning")


@pytest.fixture
async def graph(cloud: Cloud) -> AsyncIterator[Any]:
    from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # it ships no types

    credential = by_secret(cloud, "Contoso Health")
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[GRAPH], allowed_hosts=["localhost"])
    # msgraph-core wraps the transport and forgets to close it, so that is done here.
    transport = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=cloud.ca_file))
    async with transport, httpx.AsyncClient(transport=transport) as client:
        adapter = GraphRequestAdapter(provider, GraphClientFactory.create_with_default_middleware(client=client))
        adapter.base_url = f"{cloud.tls_url}/v1.0"
        yield GraphServiceClient(request_adapter=adapter)
    credential.close()


@QUIET
async def test_msgraph_lists_every_user_once(cloud: Cloud, graph: Any) -> None:
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from msgraph.generated.users.users_request_builder import UsersRequestBuilder
    from msgraph_core import PageIterator

    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(top=5, select=["id", "displayName"])
    options = RequestConfiguration(query_parameters=query)
    ids: list[str] = []

    def keep(user: Any) -> bool:
        ids.append(user.id)
        return True

    page = await graph.users.get(request_configuration=options)
    await PageIterator(page, graph.request_adapter).iterate(keep)
    assert len(ids) > 10
    assert len(ids) == len(set(ids)) == count_of_users(cloud)


@QUIET
async def test_msgraph_raises_what_graph_refuses(graph: Any) -> None:
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    with pytest.raises(ODataError) as caught:
        await graph.users.by_user_id("nobody@nowhere.example").get()
    assert caught.value.error is not None
    assert caught.value.error.code == "Request_ResourceNotFound"
