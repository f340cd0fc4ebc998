"""One Azure resource, with its body made only when somebody reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from mscloudsim.world.azure.dice import chance, dice, guid, number
from mscloudsim.world.azure.landscape import ResourceGroup
from mscloudsim.world.azure.tags import tags

Json = dict[str, Any]
Properties = Callable[[], Json]

#: The newest generated resource is older than this; what happens later is in the activity log.
ANCHOR = datetime(2026, 10, 1, tzinfo=UTC)


def arm_time(moment: datetime) -> str:
    """ISO 8601 with the seven decimals Azure writes."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def arm_moment(seconds: float) -> str:
    """A moment of the simulation's clock as Azure writes it."""
    return arm_time(datetime.fromtimestamp(seconds, UTC))


def with_values(body: Json, values: Mapping[str, Any]) -> Json:
    """The body with other values at dotted paths."""
    for path, value in values.items():
        name, _, rest = path.partition(".")
        inner = body.get(name)
        deeper = with_values(inner if isinstance(inner, dict) else {}, {rest: value}) if rest else value
        body = {**body, name: deeper}
    return body


def provider_path(kind_of_resource: str, name: str) -> str:
    """The part of an id below `/providers/`: types and names in turn."""
    if "/" not in name:
        return f"{kind_of_resource}/{name}"
    namespace, *types = kind_of_resource.split("/")
    pairs = (part for pair in zip(types, name.split("/"), strict=True) for part in pair)
    return "/".join((namespace, *pairs))


@dataclass(slots=True)
class Resource:
    """One resource; `name` of a child is `parent/child`, `properties` builds the type's own part."""

    id: str
    group: ResourceGroup
    type: str
    name: str
    properties: Properties
    location: str
    kind: str = ""
    sku: Json | None = None
    managed_by: str = ""
    has_identity: bool = False
    zones: tuple[str, ...] = ()

    @property
    def created(self) -> datetime:
        return ANCHOR - timedelta(seconds=number(self.id, "created", below=1500 * 86_400))

    @property
    def changed(self) -> datetime:
        return self.created + (ANCHOR - self.created) * chance(self.id, "changed")

    @property
    def tags(self) -> dict[str, str] | None:
        """Most resources are tagged like their group; some were never tagged at all."""
        roll = dice(self.id, "tags")
        if roll.random() < self.group.subscription.tenant.neglect / 2:
            return None
        written = _tags_like(self.group, roll)
        if self.name.startswith("pvc-"):
            written["kubernetes.io-created-for-pvc-name"] = self.name
        return written

    @property
    def identity(self) -> Json | None:
        if not self.has_identity:
            return None
        tenant_id = self.group.subscription.tenant.tenant_id
        return {"type": "SystemAssigned", "principalId": guid(self.id, "identity"), "tenantId": tenant_id}


def group_tags(group: ResourceGroup) -> dict[str, str] | None:
    """The tags of a resource group itself; groups that Azure makes have none."""
    return None if group.department == "platform" else _tags_like(group, dice(group.id, "tags"))


def _tags_like(group: ResourceGroup, roll: Random) -> dict[str, str]:
    tenant = group.subscription.tenant
    return tags(roll, tenant.neglect, stage=group.stage, department=group.department, domain=tenant.domain)
