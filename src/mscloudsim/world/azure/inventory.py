"""All resources of a resource group, in the order of their ids."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from mscloudsim.world.azure.containers import containers
from mscloudsim.world.azure.data import data
from mscloudsim.world.azure.integration import integration
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.machines import machines
from mscloudsim.world.azure.network import network
from mscloudsim.world.azure.platform import operations, watcher
from mscloudsim.world.azure.resource import Resource
from mscloudsim.world.azure.stamp import Stamp
from mscloudsim.world.azure.web import web


def _empty(_stamp: Stamp) -> None:
    """A group whose resources were deleted while it stayed."""


WORKLOADS: dict[str, Callable[[Stamp], None]] = {
    "machines": machines,
    "web": web,
    "data": data,
    "network": network,
    "containers": containers,
    "integration": integration,
    "operations": operations,
    "watcher": watcher,
    "empty": _empty,
}


@lru_cache(maxsize=256)
def resources_of(group: ResourceGroup) -> tuple[Resource, ...]:
    """Makes the group's resources; a few groups are kept because pages come back to them."""
    stamp = Stamp(group)
    WORKLOADS[group.purpose](stamp)
    return tuple(sorted(stamp.resources, key=lambda resource: resource.id))


def resources(subscription: Subscription) -> Iterator[Resource]:
    """Every resource of the subscription, one group at a time."""
    for group in subscription.groups:
        yield from resources_of(group)
