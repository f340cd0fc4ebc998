"""Microsoft's Azure libraries against the simulated Resource Manager, unchanged but for endpoints."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from tests.mscloudsim.azure import ARM, items, subscriptions
from tests.mscloudsim.cloud import Cloud


def options(cloud: Cloud) -> dict[str, Any]:
    return {"base_url": cloud.tls_url, "credential_scopes": [ARM], "connection_verify": cloud.ca_file}


@pytest.fixture
def credential(cloud: Cloud) -> ClientSecretCredential:
    tenant = cloud.customer(name="Contoso Health")
    return ClientSecretCredential(
        tenant["id"],
        tenant["client_id"],
        tenant["client_secret"],
        authority=cloud.tls_url,
        disable_instance_discovery=True,
        connection_verify=cloud.ca_file,
    )


def test_subscriptions_and_their_locations(cloud: Cloud, credential: ClientSecretCredential) -> None:
    with credential, SubscriptionClient(credential, **options(cloud)) as client:
        found = list(client.subscriptions.list())
        assert found
        assert {item.tenant_id for item in found} == {cloud.customer(name="Contoso Health")["id"]}
        assert "westeurope" in [
            place.name for place in client.subscriptions.list_locations(str(found[0].subscription_id))
        ]


def test_resources_page_by_page(cloud: Cloud, credential: ClientSecretCredential) -> None:
    token = cloud.token(cloud.customer(name="Contoso Health"), ARM)
    subscription = subscriptions(cloud, token)[0]
    with credential, ResourceManagementClient(credential, subscription["subscriptionId"], **options(cloud)) as client:
        found = [item.id for item in client.resources.list(top=5, expand="createdTime")]
        groups = [group.name for group in client.resource_groups.list()]
    listed = items(cloud, f"{subscription['id']}/resources?api-version=2021-04-01", token)
    assert found == [item["id"] for item in listed]
    assert groups


def test_what_is_refused_is_raised(cloud: Cloud, credential: ClientSecretCredential) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    with (
        credential,
        ResourceManagementClient(credential, unknown, **options(cloud)) as client,
        pytest.raises(HttpResponseError, match="SubscriptionNotFound"),
    ):
        list(client.resource_groups.list())
