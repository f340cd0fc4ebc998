"""The tables of Resource Graph over the simulated Azure: rows in blocks, made when a query reads them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from mscloudsim.arm import lighthouse, policy, roles, shapes
from mscloudsim.arm.policy_insights import state_row
from mscloudsim.resource_graph.changes import resource_changes
from mscloudsim.resource_graph.kql.expressions import Row, Schema
from mscloudsim.resource_graph.kql.operators import Rows
from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.governance import advice, defender
from mscloudsim.world.azure.governance.governance import assignment, exemption, governance_of
from mscloudsim.world.azure.governance.states import WEIGHTS, states_in
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.resource import Resource
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
    (
        *("resources", "resourcecontainers", "authorizationresources", "resourcechanges", "managedservicesresources"),
        *("policyresources", "advisorresources", "securityresources"),
    ),
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


Make = Callable[[], Iterable[Row]]


@dataclass
class Tables:
    """What one caller's query reads: the subscriptions in its scope, in the order of their ids.

    With `above`, what holds in them from the management group comes along.
    """

    world: World
    scope: list[tuple[Azure, Subscription]]
    above: bool = False
    _known: dict[str, list[tuple[str, Make]]] = field(default_factory=dict)

    @property
    def state(self) -> list[Any]:
        """Differs when the answer to the same query may differ: other subscriptions, a change, another minute."""
        now = int(self.world.clock.now() // 60)
        return [[[item.id, azure.version] for azure, item in self.scope], now, self.above]

    def blocks(self, table: str) -> Iterable[Rows]:
        """Rows of a table in ascending order of id."""
        return (self.block(table, number) for number in range(len(self.keys(table))))

    def keys(self, table: str) -> list[str]:
        """What the blocks of a table are named by, in ascending order."""
        return [key for key, _ in self._blocks(table)]

    def block(self, table: str, number: int) -> Rows:
        return sorted(self._blocks(table)[number][1](), key=lambda row: str(row["id"]))

    def _blocks(self, table: str) -> list[tuple[str, Make]]:
        if table not in self._known:
            self._known[table] = list(self._made(table))
        return self._known[table]

    def _made(self, table: str) -> Iterator[tuple[str, Make]]:
        """Blocks by scope, each with what makes its rows. What belongs to no subscription comes first."""
        of_subscription = {
            "resourcecontainers": self._containers,
            "authorizationresources": self._grants,
            "resourcechanges": self._changes,
            "managedservicesresources": self._delegations,
            "policyresources": self._policies,
            "advisorresources": self._advice,
            "securityresources": self._security,
        }.get(table)
        of_group = {
            "resources": self._resources,
            "policyresources": self._policies_of_group,
            "advisorresources": self._advice_of_group,
        }.get(table)
        above = {"policyresources": self._policies_above, "authorizationresources": self._roles_above}.get(table)
        if above is not None:
            yield "/providers/", above
        for azure, subscription in self.scope:
            if of_subscription is not None:
                # Ids of groups follow those of providers, so that what is in groups can be blocks of its own.
                yield f"{subscription.scope}/providers/", partial(of_subscription, azure, subscription)
            if of_group is not None:
                for group in subscription.groups:
                    yield f"{group.id}/", partial(of_group, azure, group)

    def _resources(self, azure: Azure, group: ResourceGroup) -> Iterator[Row]:
        return (_resource(azure, item) for item in azure.resources(group))

    def _policies_above(self) -> Iterator[Row]:
        """Built-in definitions once, and of each tenant its custom ones and, if asked for, what it assigned above."""
        tenants = {azure.tenant.id: azure for azure, _ in self.scope}
        seen = set[str]()
        for azure in tenants.values():
            governance = governance_of(self.world, azure)
            assigned = policy.above(governance) if self.above else ()
            for row in (*policy.all_definitions(governance), *policy.all_set_definitions(governance), *assigned):
                if row["id"] not in seen:
                    seen.add(row["id"])
                    yield _Row({"tenantId": azure.tenant.id, **_named(row)})

    def _roles_above(self) -> Iterator[Row]:
        """Built-in roles once, and of each tenant, if asked for, what was granted above its subscriptions."""
        tenants = {azure.tenant.id: azure for azure, _ in self.scope}
        for row in roles.built_in():
            yield _Row({"tenantId": "", **_named(row)})
        for azure in tenants.values() if self.above else ():
            for grant in roles.grants_above(self.world, azure):
                yield _Row({"tenantId": azure.tenant.id, **_named(roles.assignment(grant))})

    def _policies(self, azure: Azure, subscription: Subscription) -> Iterator[Row]:
        governance = governance_of(self.world, azure)
        found = map(exemption, governance.exemptions(subscription))
        at = f"{subscription.scope}/providers/"
        own = [assignment(governance, item) for item in governance.of_subscription(subscription)]
        for row in (*own, *(row for row in found if row["id"].startswith(at))):
            yield _row(azure, subscription, **_named(row))

    def _policies_of_group(self, azure: Azure, group: ResourceGroup) -> Iterator[Row]:
        governance = governance_of(self.world, azure)
        at, subscription = f"{group.id}/", group.subscription
        found = (exemption(item) for item in governance.exempting(group))
        own = [assignment(governance, item) for item in governance.of_group(group)]
        for row in (*own, *(row for row in found if row["id"].startswith(at))):
            yield _row(azure, subscription, resourceGroup=group.name.lower(), **_named(row))
        for state in states_in(self.world, azure, group):
            key, said = state.key, state_row(azure, state, governance.root)
            yield _row(
                azure,
                subscription,
                id=f"{state.subject.id}/providers/Microsoft.PolicyInsights/policyStates/{key}",
                name=key,
                type="microsoft.policyinsights/policystates",
                resourceGroup=group.name.lower(),
                properties={**said, "stateWeight": WEIGHTS[state.verdict]},
            )

    def _advice(self, azure: Azure, subscription: Subscription) -> Iterator[Row]:
        return self._advised(azure, subscription, advice.of_subscription(subscription, self.world.clock.now()))

    def _advice_of_group(self, azure: Azure, group: ResourceGroup) -> Iterator[Row]:
        found = advice.in_group(azure, group, self.world.clock.now())
        return self._advised(azure, group.subscription, found, resourceGroup=group.name.lower())

    def _advised(self, azure: Azure, subscription: Subscription, rows: list[Any], **more: str) -> Iterator[Row]:
        for row in (*rows, *advice.suppressions(rows, self.world.clock.now())):
            yield _row(azure, subscription, **_named(row), **more)

    def _security(self, azure: Azure, subscription: Subscription) -> Iterator[Row]:
        if defender.is_defended(azure, subscription):
            for row in defender.everything(self.world, azure, subscription):
                yield _row(azure, subscription, **_named(row))

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
        for change in resource_changes(azure, subscription, self.world.clock.now()):
            yield _row(azure, subscription, **change)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """What ARM writes, as a row: types are in lower case here."""
    return {"id": row["id"], "name": row["name"], "type": row["type"].lower(), "properties": row["properties"]}


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
