"""What an application may do in the services that want more than a permission: a directory role, a security group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

_ROUND: Final = 12
_WITHOUT_ROLE: Final = 9
"""Of twelve tenants, the one that consented and forgot to make the application a Global Reader."""
_WITHOUT_GROUP: Final = (1, 4, 9)
"""Those that did not put it into the group that may read Fabric's administration."""


@dataclass
class Admission:
    """`reads_globally`: the Entra role Global Reader; `in_fabric_group`: the group that Fabric lets in."""

    reads_globally: bool
    in_fabric_group: bool


def admission_of(world: World, tenant: Tenant) -> Admission:
    """Of the application a tenant is onboarded with, kept with the world."""
    place = tenant.index % _ROUND

    def first() -> Admission:
        return Admission(place != _WITHOUT_ROLE, place not in _WITHOUT_GROUP)

    admission: Admission = world.state(f"admission|{tenant.id}", first)
    return admission


def own_admission(world: World) -> None:
    """Lets the control API give and take: `{"kind": "entra_role_changed" | "fabric_access_changed", …, "granted"}`."""
    changes: dict[str, Callable[..., object]] = world.state("changes", dict)
    for kind, flag in (("entra_role_changed", "reads_globally"), ("fabric_access_changed", "in_fabric_group")):
        changes[kind] = _change(world, flag)


def _change(world: World, flag: str) -> Callable[..., dict[str, Any]]:
    def change(tenant: Tenant, *, granted: bool) -> dict[str, Any]:
        setattr(admission_of(world, tenant), flag, bool(granted))
        return {"tenant": tenant.id, "granted": bool(granted)}

    return change
