"""Lighthouse from outside: a delegation is seen, withdrawn in the middle, and made by the onboarding template."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.mscloudsim.azure import ARM, Item, items, rows, subscriptions
from tests.mscloudsim.cloud import Answer, Cloud

LIGHTHOUSE = "/providers/Microsoft.ManagedServices/registrationAssignments?api-version=2022-10-01"


@pytest.fixture
def partner(cloud: Cloud) -> str:
    return cloud.token(cloud.partner, ARM)


@pytest.fixture
def delegated(cloud: Cloud) -> Iterator[Item]:
    """A customer reached through Lighthouse, as it was before and after the test."""
    customer = cloud.customer(reach="lighthouse")
    yield customer
    cloud.order("delegation", {"tenant": customer["id"], "delegated": True})


def of_customer(cloud: Cloud, token: str, customer: Item) -> list[Item]:
    return [item for item in subscriptions(cloud, token) if item["tenantId"] == customer["id"]]


def test_a_delegation_names_who_delegated_what_to_whom(cloud: Cloud, partner: str, delegated: Item) -> None:
    subscription = of_customer(cloud, partner, delegated)[0]
    path = f"{subscription['id']}{LIGHTHOUSE}&$expandRegistrationDefinition=true"
    (assignment,) = items(cloud, path, partner)
    definition = assignment["properties"]["registrationDefinition"]["properties"]
    assert definition["manageeTenantId"] == delegated["id"]
    assert definition["managedByTenantId"] == cloud.partner["id"]
    assert definition["authorizations"][0]["roleDefinitionId"] == "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def test_a_delegation_can_end_at_any_moment(cloud: Cloud, partner: str, delegated: Item) -> None:
    subscription = of_customer(cloud, partner, delegated)[0]
    cloud.order("delegation", {"tenant": delegated["id"], "delegated": False})
    assert of_customer(cloud, partner, delegated) == []
    answer = cloud.get(f"{subscription['id']}?api-version=2022-12-01", partner)
    assert answer.json()["error"]["code"] == "InvalidAuthenticationTokenTenant"


def test_the_partner_can_give_a_delegation_back(cloud: Cloud, partner: str, delegated: Item) -> None:
    subscription = of_customer(cloud, partner, delegated)[0]
    (assignment,) = items(cloud, f"{subscription['id']}{LIGHTHOUSE}", partner)
    headers = {"authorization": f"Bearer {partner}"}
    assert cloud.call(f"{assignment['id']}?api-version=2022-10-01", None, headers, "DELETE").status == 200
    assert of_customer(cloud, partner, delegated) == []


def template(managing: str) -> Item:
    """The shape of Microsoft's onboarding template."""
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-08-01/subscriptionDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"managedByTenantId": {"type": "string", "defaultValue": managing}},
        "resources": [
            {
                "type": "Microsoft.ManagedServices/registrationDefinitions",
                "properties": {
                    "managedByTenantId": "[parameters('managedByTenantId')]",
                    "authorizations": [{"principalId": "x", "roleDefinitionId": "y"}],
                },
            },
            {"type": "Microsoft.ManagedServices/registrationAssignments", "properties": {}},
        ],
    }


def deploy(cloud: Cloud, subscription: Item, token: str, properties: Any) -> Answer:
    path = f"{subscription['id']}/providers/Microsoft.Resources/deployments/lighthouse?api-version=2021-04-01"
    body = json.dumps({"location": "westeurope", "properties": properties}).encode()
    return cloud.call(path, body, {"authorization": f"Bearer {token}"}, "PUT")


@pytest.fixture
def owner(cloud: Cloud) -> Iterator[Item]:
    """A customer whose own application may deploy."""
    customer = cloud.customer(name="Northwind Traders")
    cloud.order("changes", {"kind": "azure_role_granted", "tenant": customer["id"], "role": "Owner"})
    yield customer
    cloud.order("changes", {"kind": "azure_role_granted", "tenant": customer["id"], "role": "Reader"})


def test_a_deployment_of_the_template_delegates(cloud: Cloud, partner: str, owner: Item) -> None:
    customer, token = owner, cloud.token(owner, ARM)
    subscription = subscriptions(cloud, token)[0]
    assert of_customer(cloud, partner, customer) == []
    properties = {"mode": "Incremental", "template": template(cloud.partner["id"])}
    assert deploy(cloud, subscription, token, properties).status == 201
    assert {item["tenantId"] for item in of_customer(cloud, partner, customer)} == {customer["id"]}
    made = f"{subscription['id']}/providers/Microsoft.Resources/deployments/lighthouse?api-version=2021-04-01"
    assert cloud.get(made, token).json()["properties"]["provisioningState"] == "Succeeded"
    cloud.order("delegation", {"tenant": customer["id"], "delegated": False})


def test_a_reader_cannot_delegate(cloud: Cloud) -> None:
    token = cloud.token(cloud.customer(name="Contoso Health"), ARM)
    answer = deploy(cloud, subscriptions(cloud, token)[0], token, {"template": template(cloud.partner["id"])})
    assert (answer.status, answer.json()["error"]["code"]) == (403, "AuthorizationFailed")


def test_a_delegation_lost_in_the_middle_costs_nobody_else_a_row(cloud: Cloud, partner: str, delegated: Item) -> None:
    """The customer's administrator withdraws it while the partner reads page after page."""
    cloud.order("throttling", {"enabled": False})
    query = "resources | project id, tenantId"
    before = rows(cloud, partner, query)
    fault = {"kind": "lost_delegation", "service": "resource-graph", "target": delegated["id"], "skip": 3}
    cloud.order("faults", fault)
    seen = rows(cloud, partner, query, top=40)
    assert cloud.order("faults", method="GET")[0]["hits"] == 1
    others = [row["id"] for row in before if row["tenantId"] != delegated["id"]]
    assert [row["id"] for row in seen if row["tenantId"] != delegated["id"]] == others
    assert len(seen) == len({row["id"] for row in seen}) < len(before)
    assert {row["tenantId"] for row in rows(cloud, partner, query)} == {row["tenantId"] for row in before} - {
        delegated["id"]
    }
    cloud.order("throttling", {"enabled": True})


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        (None, "InvalidRequestContent"),
        ({"template": {"resources": []}}, "InvalidTemplate"),
        ({"template": template("nobody")}, "InvalidRegistrationDefinitionManagedByTenantId"),
        ({"template": template("[parameters('managedByTenantId')]")}, "InvalidRegistrationDefinitionManagedByTenantId"),
    ],
)
def test_a_wrong_template_delegates_nothing(cloud: Cloud, owner: Item, properties: Any, code: str) -> None:
    token = cloud.token(owner, ARM)
    answer = deploy(cloud, subscriptions(cloud, token)[0], token, properties)
    assert (answer.status, answer.json()["error"]["code"]) == (400, code)
