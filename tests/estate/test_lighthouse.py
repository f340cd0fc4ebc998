"""The template a customer deploys: the shape Microsoft documents, our values as defaults, and no way to inject any."""

from typing import Any
from uuid import uuid4

import pytest
from tests.support.web import Client

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
LEAVE = "91c1777a-f3dc-4fae-b103-61d183457e46"
PATH = "/api/v1/lighthouse/template"


def wanted(**changes: Any) -> dict[str, Any]:
    principal = {"id": str(uuid4()), "name": "Tenantry"}
    return {"managing_entra_id": str(uuid4()), "principals": [principal], **changes}


def test_it_defines_and_assigns_one_delegation_per_subscription(bob: Client) -> None:
    asked = wanted()
    template = bob.post(PATH, asked).json()
    assert template["$schema"].endswith("/2019-08-01/subscriptionDeploymentTemplate.json#")
    definition, assignment = template["resources"]
    assert definition["type"] == "Microsoft.ManagedServices/registrationDefinitions"
    assert assignment["type"] == "Microsoft.ManagedServices/registrationAssignments"
    assert {definition["apiVersion"], assignment["apiVersion"]} == {"2022-10-01"}
    assert assignment["dependsOn"] == [assignment["properties"]["registrationDefinitionId"]]
    for value in definition["properties"].values():
        assert value.removeprefix("[parameters('").removesuffix("')]") in template["parameters"]
    granted = template["parameters"]["authorizations"]["defaultValue"]
    principal = asked["principals"][0]["id"]
    assert [(who["principalId"], who["roleDefinitionId"]) for who in granted] == [
        (principal, READER),
        (principal, LEAVE),
    ]
    assert template["parameters"]["managedByTenantId"]["defaultValue"] == asked["managing_entra_id"]


def test_a_text_that_looks_like_an_expression_stays_a_text(bob: Client) -> None:
    template = bob.post(PATH, wanted(offer="[reference('secret')]")).json()
    assert template["parameters"]["mspOfferName"]["defaultValue"] == "[[reference('secret')]"


@pytest.mark.parametrize(
    "changes",
    [
        {"managing_entra_id": "contoso"},
        {"principals": []},
        {"principals": [{"id": "x", "name": "y"}]},
        {"roles": ["owner"]},
        {"roles": []},
        {"offer": "a\u0000b"},
    ],
)
def test_impossible_templates_are_refused(bob: Client, changes: dict[str, Any]) -> None:
    assert bob.post(PATH, wanted(**changes)).status == 422
