"""What an id of Azure names, and what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.observe.azure_ids import group_id_of, group_of, subscription_of


@pytest.mark.parametrize(
    ("azure_id", "subscription", "group"),
    [
        ("/subscriptions/S/resourceGroups/Shop/providers/Microsoft.Compute/disks/d", "s", "shop"),
        ("/SUBSCRIPTIONS/s/RESOURCEGROUPS/shop", "s", "shop"),
        ("/subscriptions/s", "s", ""),
        ("/subscriptions/s/", "s", ""),
        ("/subscriptions/s/resourceGroups", "s", ""),
        ("/subscriptions/s/providers/microsoft.capacity/reservations/r", "s", ""),
        ("/subscriptions/", "", ""),
        ("/subscriptions", "", ""),
        ("/providers/Microsoft.Management/managementGroups/m", "", ""),
        ("/x/subscriptions/s/resourcegroups/g", "", ""),
        ("subscriptions/s/resourcegroups/g", "", ""),
        ("/", "", ""),
        ("", "", ""),
    ],
)
def test_an_id_names_its_subscription_and_group(azure_id: str, subscription: str, group: str) -> None:
    assert (subscription_of(azure_id), group_of(azure_id)) == (subscription, group)
    assert group_id_of(azure_id) == (f"/subscriptions/{subscription}/resourcegroups/{group}" if group else "")


@given(st.text(alphabet="/subcriptonegA \u0130"))
def test_whatever_is_sent_is_read(azure_id: str) -> None:
    assert not group_of(azure_id) or subscription_of(azure_id)
