"""The ARM template a customer deploys, per subscription, to delegate it through Azure Lighthouse.

Shape: learn.microsoft.com/azure/templates/microsoft.managedservices/registrationdefinitions (2022-10-01) and the
samples there: a deployment at subscription level, a definition and its assignment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

_SCHEMA: Final = "https://schema.management.azure.com/schemas/2019-08-01/subscriptionDeploymentTemplate.json#"
_API_VERSION: Final = "2022-10-01"
_DEFINITIONS: Final = "Microsoft.ManagedServices/registrationDefinitions"
_LEAVE: Final = "91c1777a-f3dc-4fae-b103-61d183457e46"
"""Managed Services Registration Assignment Delete Role: without it the provider could not leave by itself."""


class Role(StrEnum):
    """Built-in roles Lighthouse can grant that read, and no more."""

    READER = "reader"
    COST_MANAGEMENT_READER = "cost_management_reader"
    SECURITY_READER = "security_reader"
    MONITORING_READER = "monitoring_reader"
    BILLING_READER = "billing_reader"


ROLES: Final[dict[Role, tuple[str, str]]] = {
    Role.READER: ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    Role.COST_MANAGEMENT_READER: ("Cost Management Reader", "72fafb9e-0641-4937-9268-a91bfd8191a3"),
    Role.SECURITY_READER: ("Security Reader", "39bc4728-0917-49c7-9d2c-d95423bc2eb4"),
    Role.MONITORING_READER: ("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05"),
    Role.BILLING_READER: ("Billing Reader", "fa23ad8b-c56e-40d8-ac0c-ce449e1d2c64"),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """A group, user or service principal of the managing tenant, by its object id."""

    id: UUID
    name: str


def onboarding_template(
    managing_entra_id: UUID, offer: str, description: str, principals: Sequence[Principal], roles: Sequence[Role]
) -> dict[str, Any]:
    """The template, with our values as its parameters' defaults, so that it can be deployed as it is."""
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {
            "mspOfferName": _text(offer, "Name of the offer, shown to the customer. Once per subscription."),
            "mspOfferDescription": _text(description, "What the provider does."),
            "managedByTenantId": _text(str(managing_entra_id), "Directory (tenant) id of the managing tenant."),
            "authorizations": {
                "type": "array",
                "metadata": {"description": "Who of the managing tenant holds which built-in role."},
                "defaultValue": _authorizations(principals, roles),
            },
        },
        "variables": {"registrationName": "[guid(parameters('mspOfferName'))]"},
        "resources": [_definition(), _assignment()],
        "outputs": {
            "mspOfferName": {
                "type": "string",
                "value": "[concat('Managed by ', parameters('mspOfferName'))]",
            }
        },
    }


def _authorizations(principals: Sequence[Principal], roles: Sequence[Role]) -> list[dict[str, str]]:
    granted = [ROLES[role][1] for role in roles]
    return [
        {"principalId": str(who.id), "principalIdDisplayName": who.name, "roleDefinitionId": role}
        for who in principals
        for role in (*granted, _LEAVE)
    ]


def _definition() -> dict[str, Any]:
    return {
        "type": _DEFINITIONS,
        "apiVersion": _API_VERSION,
        "name": "[variables('registrationName')]",
        "properties": {
            "registrationDefinitionName": "[parameters('mspOfferName')]",
            "description": "[parameters('mspOfferDescription')]",
            "managedByTenantId": "[parameters('managedByTenantId')]",
            "authorizations": "[parameters('authorizations')]",
        },
    }


def _assignment() -> dict[str, Any]:
    definition = f"[resourceId('{_DEFINITIONS}/', variables('registrationName'))]"
    return {
        "type": "Microsoft.ManagedServices/registrationAssignments",
        "apiVersion": _API_VERSION,
        "name": "[variables('registrationName')]",
        "dependsOn": [definition],
        "properties": {"registrationDefinitionId": definition},
    }


def _text(value: str, description: str) -> dict[str, Any]:
    return {"type": "string", "metadata": {"description": description}, "defaultValue": _literal(value)}


def _literal(value: str) -> str:
    """ARM takes a text in brackets for an expression; a doubled bracket is a bracket."""
    return f"[{value}" if value.startswith("[") and value.endswith("]") else value
