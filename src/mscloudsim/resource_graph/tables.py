"""The tables of Resource Graph over the simulated Azure: rows in blocks, made when a query reads them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from mscloudsim.arm import lighthouse, roles, shapes
from mscloudsim.resource_graph.kql.expressions import Row, Schema
from mscloudsim.resource_graph.kql.operators import Rows
from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.dice import guid
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.resource import Resource, arm_time
from mscloudsim.world.world import World

_COMMON: Final[Schema] = {
    "id": "string",
    "name": "string",
    "type": "string",
    "tenantId": "string",
    "kind": "string",
    "location": "string",
    "resourceGroup": "string",
    "subscriptionId": "string",
    "managedBy": "string",
    "sku": "object",
    "plan": "object",
    "properties": "object",
    "tags": "object",
    "identity": "object",
    "zones": "object",
    "extendedLocation": "object",
}
SCHEMAS: Final[Mapping[str, Schema]] = dict.fromkeys(
    ("resources", "resourcecontainers", "authorizationresources", "resourcechanges", "managedservicesresources"),
    _COMMON,
)
"""Columns by table. Other tables of the service are refused, not answered with nothing."""


class _Row(Mapping[str, Any]):
    """A row whose cells are made when they are read."""

    def __init__(self, cells: dict[str, Any]) -> None:
        self._cells = cells

    def __getitem__(self, name: str) -> Any:
        found = self._cells.get(name, "" if _COMMON[name] == "string" else None)
        return found() if callable(found) else found

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMON)

    def __len__(self) -> int:
        return len(_COMMON)


@dataclass
class Tables:
    """What one caller's query reads: the subscriptions in its scope, in the order of their ids."""

    world: World
    scope: list[tuple[Azure, Subscription]]

    @cached_property
    def _groups(self) -> list[tuple[Azure, ResourceGroup]]:
        return [(azure, group) for azure, subscription in self.scope for group in subscription.groups]

    @property
    def state(self) -> list[Any]:
        """Differs when the answer to the same query may differ: other subscriptions, a change, another minute."""
        return [[[item.id, azure.version] for azure, item in self.scope], int(self.world.clock.now() // 60)]

    def blocks(self, table: str) -> Iterable[Rows]:
        """Rows of a table in ascending order of id."""
        return (self.block(table, number) for number in range(len(self.keys(table))))

    def keys(self, table: str) -> list[str]:
        """What the blocks of a table are named by, in ascending order."""
        if table == "resources":
            return [f"{group.id}/" for _, group in self._groups]
        return [subscription.scope for _, subscription in self.scope]

    def block(self, table: str, number: int) -> Rows:
        if table == "resources":
            azure, group = self._groups[number]
            return [_resource(azure, item) for item in azure.resources(group)]
        azure, subscription = self.scope[number]
        read = {
            "resourcecontainers": self._containers,
            "authorizationresources": self._grants,
            "resourcechanges": self._changes,
            "managedservicesresources": self._delegations,
        }[table]
        return sorted(read(azure, subscription), key=lambda row: str(row["id"]))

    def _containers(self, azure: Azure, subscription: Subscription) -> Iterator[Row]:
        shown = shapes.subscription(azure, subscription)
        kept = ("managedByTenants", "state", "subscriptionPolicies")
        yield _row(
            azure,
            subscription,
            id=subscription.scope,
            name=subscription.name,
            type="microsoft.resources/subscriptions",
            properties={name: shown[name] for name in kept},
        )
        for group in subscription.groups:
            yield _row(
                azure,
                subscription,
                id=group.id,
                name=group.name,
                type="microsoft.resources/subscriptions/resourcegroups",
                location=group.location,
                resourceGroup=group.name.lower(),
                properties={"provisioningState": shapes.SUCCEEDED},
                tags=azure.tags_of(group),
            )

    def _grants(self, azure: Azure, subscription: Subscription) -> Iterator[Row]:
        for grant in roles.grants(self.world, azure, subscription):
            found = roles.assignment(grant)
            yield _row(
                azure,
                subscription,
                id=found["id"],
                name=found["name"],
                type="microsoft.authorization/roleassignments",
                properties=found["properties"],
            )

    def _delegations(self, azure: Azure, subscription: Subscription) -> Iterator[Row]:
        if not lighthouse.is_managed(azure):
            return
        definition = lighthouse.definition(self.world, azure, subscription)
        for found in (definition, lighthouse.assignment(self.world, azure, subscription, expanded=False)):
            kind = str(found["type"]).lower()
            named = {"id": found["id"], "name": found["name"], "type": kind, "properties": found["properties"]}
            yield _row(azure, subscription, **named)

    def _changes(self, azure: Azure, subscription: Subscription) -> Iterator[Row]:
        for number, event in enumerate(azure.events):
            if event.resource_id.lower().startswith(subscription.scope):
                key = guid(event.resource_id, number, "change")
                at = arm_time(datetime.fromtimestamp(event.at, UTC))
                yield _row(
                    azure,
                    subscription,
                    id=f"{event.resource_id}/providers/Microsoft.Resources/changes/{key}",
                    name=key,
                    type="microsoft.resources/changes",
                    properties={
                        "targetResourceId": event.resource_id,
                        "targetResourceType": event.operation.rpartition("/")[0].lower(),
                        "changeType": event.kind,
                        "changes": event.changes,
                        "changeAttributes": {
                            "changesCount": len(event.changes),
                            "correlationId": guid(key, "correlation"),
                            "timestamp": at,
                            "changedBy": event.caller,
                            "changedByType": "User",
                            "clientType": "Azure Portal",
                            "operation": event.operation,
                        },
                    },
                )


def _resource(azure: Azure, item: Resource) -> Row:
    subscription = item.group.subscription
    return _row(
        azure,
        subscription,
        id=item.id,
        name=item.name.rpartition("/")[2],
        type=item.type.lower(),
        kind=item.kind.lower(),
        location=item.location,
        resourceGroup=item.group.name.lower(),
        managedBy=item.managed_by,
        sku=item.sku,
        properties=item.properties,
        tags=lambda: azure.tags_of(item),
        identity=lambda: item.identity,
        zones=list(item.zones) or None,
    )


def _row(azure: Azure, subscription: Subscription, **cells: Any) -> Row:
    return _Row({"tenantId": azure.tenant.id, "subscriptionId": subscription.id, **cells})
