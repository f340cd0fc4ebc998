"""How Azure's items become rows: what is decided, and that nothing Microsoft sends can stop a collection."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from tests.governance import azure
from tests.governance.anything import VALUES

from tenantry.governance.resources import projections
from tenantry.observe.history import differences
from tenantry.observe.projections import projection_of


def test_a_resource_in_columns() -> None:
    item = azure.resource("VM-Shop", tags={"Env": "prod"}, sku={"name": "Standard_D2s_v5"}) | {"kind": "linux"}
    row = dict(zip(_columns("azure.resources"), projections.resource(item), strict=True))
    assert row["name_key"] == "vm-shop"
    assert (row["resource_type"], row["kind"], row["sku"]) == (azure.VM.lower(), "linux", "Standard_D2s_v5")
    assert row["group_key"] == projections.group_key(azure.SUBSCRIPTION.upper(), "RG-Shop")
    assert (row["tags"], row["tag_count"]) == ('{"Env":"prod"}', 1)
    assert list(projections.tags(item)) == [("env", "prod", "vm-shop")]
    words = ["vm", "shop", "compute", "virtualmachines", "rg", "westeurope", "env", "prod"]
    assert list(projections.words(item)) == [(word, "vm-shop") for word in words]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(old=VALUES, new=VALUES)
def test_differences_are_found_between_any_two_documents(old: Any, new: Any) -> None:
    assert bool(differences(old, new)) == (old != new)
    assert all(len(str(value)) <= 310 for pair in differences(old, new).values() for value in pair)


def test_differences_name_the_path() -> None:
    old = {"a": {"b": 1, "c": [1, 2]}, "gone": "x"}
    assert differences(old, {"a": {"b": 2, "c": [1, 2]}}) == {"a.b": ("1", "2"), "gone": ("x", None)}


def _columns(dataset: str) -> list[str]:
    found = projection_of(dataset)
    assert found is not None
    return list(found.columns)
