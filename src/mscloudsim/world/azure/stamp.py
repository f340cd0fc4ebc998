"""The tool that workload descriptions use to put resources into one resource group."""

from random import Random
from typing import Any

from mscloudsim.world.azure.dice import dice, short
from mscloudsim.world.azure.landscape import ResourceGroup
from mscloudsim.world.azure.resource import Json, Properties, Resource, provider_path

SUCCEEDED = "Succeeded"


class Stamp:
    """Collects the resources of one group; ids of what was added can be used by what comes after."""

    def __init__(self, group: ResourceGroup) -> None:
        self.group = group
        self.roll: Random = dice(group.id, "resources")
        self.resources: list[Resource] = []
        self.region = {"westeurope": "weu", "northeurope": "neu", "swedencentral": "sdc"}.get(group.location, "gwc")
        self.neglect = group.subscription.tenant.neglect

    def happens(self, probability: float) -> bool:
        return self.roll.random() < probability

    def forgotten(self) -> bool:
        """Whether people left something useless behind here."""
        return self.happens(self.neglect)

    def name(self, prefix: str, number: int = 1) -> str:
        return f"{prefix}-{self.group.department}-{self.group.stage}-{self.region}-{number:03}"

    def flat_name(self, prefix: str, number: int = 1) -> str:
        """A name for types that allow letters and digits only and must be unique in the world."""
        return f"{prefix}{self.group.department[:6]}{self.group.stage}{short(self.group.id, prefix, number)}"[:24]

    def add(self, kind_of_resource: str, name: str, properties: Properties, **facts: Any) -> str:
        """Adds one resource and returns its id."""
        location = facts.pop("location", self.group.location)
        resource_id = self.id_of(kind_of_resource, name)
        self.resources.append(Resource(resource_id, self.group, kind_of_resource, name, properties, location, **facts))
        return resource_id

    def id_of(self, kind_of_resource: str, name: str) -> str:
        """The id a resource of this group has or will have."""
        return f"{self.group.id}/providers/{provider_path(kind_of_resource, name)}"


def reference(resource_id: str) -> Json:
    return {"id": resource_id}


def references(*resource_ids: str) -> list[Json]:
    return [reference(resource_id) for resource_id in resource_ids]
