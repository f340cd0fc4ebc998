"""Why nothing uses a resource, where that takes a look at others, or at the time. Pure: no clock, no database.

What may lie outside of what was read is not held against a resource.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tenantry.observe.azure_ids import subscription_of
from tenantry.observe.reading import list_of, mapping_of, moment_of, text_of

Item = Mapping[str, Any]

DISK: Final = "microsoft.compute/disks"
NETWORK: Final = "microsoft.network/virtualnetworks"
_OLD: Final = timedelta(days=30)


@dataclass(slots=True)
class Users:
    """Who uses what, out of everything that was read of one Microsoft tenant. Ids are in lower case."""

    disks: frozenset[str]
    subscriptions: frozenset[str]
    """Those that are in sight: of what is in another one, nothing can be said."""
    used: set[str] = field(default_factory=set)

    def note(self, item: Item) -> None:
        """Remembers what an item uses."""
        uses = _USES.get(text_of(item.get("type")).lower())
        for key in uses(mapping_of(item.get("properties"))) if uses else ():
            if key:
                self.used.add(text_of(key, 4000).lower())


def related_reason(item: Item, users: Users, now: datetime) -> str | None:
    """A key of ALL_REASONS, or None for what is used or cannot be told."""
    rule, properties = _RULES.get(text_of(item.get("type")).lower()), item.get("properties")
    if rule is None or not isinstance(properties, dict):
        return None
    reason, condition = rule
    looked_at = _LookedAt(text_of(item.get("id"), 4000).lower(), properties, users, now)
    return reason if condition(looked_at) else None


def unused_subnets(network: Item) -> Iterator[tuple[str, str]]:
    """Id and name of each subnet of a virtual network that nothing is in."""
    for given in list_of(mapping_of(network.get("properties")).get("subnets")):
        subnet = mapping_of(given)
        properties = mapping_of(subnet.get("properties"))
        users = properties.get("ipConfigurations") or properties.get("applicationGatewayIPConfigurations")
        if subnet.get("id") and properties.get("delegations") == [] and not users:
            key = text_of(subnet["id"], 4000)
            yield key, text_of(subnet.get("name"), 260) or key.rpartition("/")[2][:260]


def noted(items: Iterable[Item], users: Users) -> Users:
    for item in items:
        users.note(item)
    return users


@dataclass(frozen=True, slots=True)
class _LookedAt:
    key: str
    properties: Mapping[str, Any]
    users: Users
    now: datetime

    @property
    def is_used(self) -> bool:
        return self.key in self.users.used


def _is_without_connection(of: _LookedAt) -> bool:
    return not of.is_used and not of.properties.get("vpnClientConfiguration")


def _is_expired(of: _LookedAt) -> bool:
    ends = moment_of(of.properties.get("expirationDate"))
    return ends is not None and ends <= of.now


def _is_left_over(of: _LookedAt) -> bool:
    made = moment_of(of.properties.get("timeCreated"))
    source = text_of(mapping_of(of.properties.get("creationData")).get("sourceResourceId"), 4000).lower()
    is_of_a_disk = f"/providers/{DISK}/" in source
    if made is None or not is_of_a_disk or subscription_of(source) not in of.users.subscriptions:
        return False
    return made < of.now - _OLD and source not in of.users.disks


def _used_by_workflow(properties: Mapping[str, Any]) -> Iterator[Any]:
    given = mapping_of(mapping_of(properties.get("parameters")).get("$connections")).get("value")
    return (mapping_of(one).get("connectionId") for one in mapping_of(given).values())


def _used_by_link(properties: Mapping[str, Any]) -> Iterator[Any]:
    ends = ("virtualNetworkGateway1", "virtualNetworkGateway2")
    return (mapping_of(properties.get(end)).get("id") for end in ends)


_USES: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterable[Any]]]] = {
    "microsoft.sql/servers/databases": lambda properties: [properties.get("elasticPoolId")],
    "microsoft.network/connections": _used_by_link,
    "microsoft.logic/workflows": _used_by_workflow,
}
_RULES: Final[Mapping[str, tuple[str, Callable[[_LookedAt], bool]]]] = {
    "microsoft.sql/servers/elasticpools": ("empty_elastic_pool", lambda of: not of.is_used),
    "microsoft.network/virtualnetworkgateways": ("gateway_without_connection", _is_without_connection),
    "microsoft.web/connections": ("unused_api_connection", lambda of: not of.is_used),
    "microsoft.web/certificates": ("expired_certificate", _is_expired),
    "microsoft.compute/snapshots": ("old_snapshot", _is_left_over),
}
JUDGED: Final = frozenset(_RULES)
"""The types of which something is said here."""
READ: Final = JUDGED.union(_USES)
"""The types whose properties it takes; of disks their ids are enough."""
