"""Microsoft may leave out any property and may send anything in it: it becomes a row all the same, one that fits."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.governance.anything import VALUES

from tenantry.observe.datasets import all_datasets
from tenantry.observe.projections import projection_of
from tenantry.slices import load_slices

load_slices()
PROJECTED = [item.name for item in all_datasets() if projection_of(item.name) is not None]
NAMES = [
    *("id", "appId", "name", "type", "kind", "location", "resourceGroup", "subscriptionId", "displayName", "state"),
    *("tags", "sku", "properties", "managedBy", "subscriptionPolicies", "managedByTenants", "systemData"),
    *("userPrincipalName", "mail", "userType", "accountEnabled", "createdDateTime", "externalUserState", "department"),
    *("assignedLicenses", "onPremisesSyncEnabled", "isMfaCapable", "methodsRegistered", "groupTypes", "visibility"),
    *("securityEnabled", "mailEnabled", "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId"),
    *("endDateTime", "templateId", "isPrivileged", "groupId", "memberId", "skuPartNumber", "consumedUnits"),
    *("capabilityStatus", "modifiedDateTime", "servicePrincipalType", "appOwnerOrganizationId", "appRoleId"),
    *("appRoleValue", "principalDisplayName", "resourceId", "resourceDisplayName", "resourceAppId"),
]
INNER = [
    *("diskState", "hostedWorkloads", "backendAddressPools", "privateLinkServiceConnections", "numberOfSites"),
    *("principalId", "roleDefinitionId", "scope", "createdOn", "timeCreated", "registrationDefinition", "roleName"),
    *("lastSignInDateTime", "lastSuccessfulSignInDateTime", "enabled", "builtInControls", "authenticationStrength"),
    "endDateTime",
]
NESTED = st.fixed_dictionaries({}, optional=dict.fromkeys(INNER, VALUES))
NETWORK = "Microsoft.Network/"
TYPES = st.sampled_from(["Microsoft.Compute/disks", NETWORK + "privateEndpoints", NETWORK + "applicationGateways"])
HOLDERS = ("properties", "signInActivity", "prepaidUnits", "grantControls")
LISTS = ("passwordCredentials", "keyCredentials")
ITEMS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(NAMES, VALUES)
    | dict.fromkeys(HOLDERS, NESTED | VALUES)
    | dict.fromkeys(LISTS, st.lists(NESTED | VALUES, max_size=2) | VALUES)
    | {"type": TYPES | VALUES},
)


@pytest.mark.parametrize("dataset", PROJECTED)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(item=ITEMS)
def test_whatever_is_sent_becomes_a_row_its_columns_take(dataset: str, item: dict[str, Any]) -> None:
    found = projection_of(dataset)
    assert found is not None
    _fits(found.table, found.columns, found.row(item))
    for part in found.parts:
        for row in part.rows(item):
            _fits(part.table, part.columns, row)


def _fits(table: Any, columns: Any, values: Any) -> None:
    for name, value in zip(columns, values, strict=True):
        column = table.c[name]
        assert value is not None or column.nullable, name
        length = getattr(column.type, "length", None)
        if isinstance(value, str):
            assert "\x00" not in value, name
            assert length is None or len(value) <= length, name
        elif value is not None:
            assert isinstance(value, column.type.python_type), name
