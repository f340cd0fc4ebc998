"""One Microsoft tenant's Azure: what was generated, what was changed since, and who may see it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from mscloudsim.world.azure.inventory import resources_of
from mscloudsim.world.azure.landscape import AzureTenant, ResourceGroup, Subscription, subscriptions
from mscloudsim.world.azure.resource import Json, Resource, group_tags, with_values
from mscloudsim.world.estate import Reach, Tenant
from mscloudsim.world.world import World

_WITHOUT_ROLE: Final = 8
"""Of twelve tenants, the one that consented to everything in Entra and forgot the role in Azure."""


class Role(StrEnum):
    """What an application may do in a tenant's subscriptions."""

    NONE = "None"
    COST_READER = "Cost Management Reader"
    """Sees subscriptions, groups, costs and budgets, and no resource."""
    READER = "Reader"
    CONTRIBUTOR = "Contributor"
    OWNER = "Owner"


@dataclass(slots=True)
class Event:
    """Something that somebody did, as the activity log keeps it."""

    at: float
    caller: str
    caller_id: str
    operation: str
    resource_id: str
    changes: Json = field(default_factory=dict)
    """Property path → its value before and after."""
    kind: str = "Update"


@dataclass
class Azure:
    """Reads are computed from the tenant's seed; changes are kept in small overlays."""

    tenant: Tenant
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Tags that were set later, by the lower-case id of what carries them."""
    deleted: set[str] = field(default_factory=set)
    created: dict[str, dict[str, Resource]] = field(default_factory=dict)
    """Resources that were made later, by the lower-case id of their group."""
    gone: dict[str, dict[str, Resource]] = field(default_factory=dict)
    """Of these, the ones that were deleted again: what they cost stays on the bill."""
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Properties that were set later, as dotted path and value, by the lower-case id of their resource."""
    events: list[Event] = field(default_factory=list)
    withheld: set[str] = field(default_factory=set)
    """Subscriptions in which the application was given no role, or whose delegation was ended, one by one."""
    granted: Role | None = None
    """The role that the application was given later, in place of the one it began with."""

    @cached_property
    def landscape(self) -> AzureTenant:
        tenant = self.tenant
        return AzureTenant(tenant.seed, tenant.id, tenant.name, tenant.domain, tenant.country, tenant.users)

    @property
    def version(self) -> int:
        """Grows with every change."""
        return len(self.events)

    @property
    def role(self) -> Role:
        """What the application the tenant is onboarded with may do in every subscription."""
        forgotten = self.tenant.index % 12 == _WITHOUT_ROLE
        return self.granted or (Role.NONE if forgotten else Role.READER)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Those that can be read."""
        return tuple(item for item in self.every_subscription() if item.id not in self.withheld)

    def every_subscription(self) -> tuple[Subscription, ...]:
        return subscriptions(self.landscape)

    def owns(self, key: str) -> bool:
        """Whether there is such a subscription, readable or not."""
        return any(item.id == key.lower() for item in self.every_subscription())

    def subscription(self, key: str) -> Subscription | None:
        return next((item for item in self.subscriptions() if item.id == key.lower()), None)

    def resources(self, group: ResourceGroup) -> list[Resource]:
        """The resources of a group in the order of their ids, as they are now and as far as the role shows them."""
        if self.role is Role.COST_READER:
            return []
        found = [item for item in resources_of(group) if item.id.lower() not in self.deleted]
        later = self.created.get(group.id.lower(), {})
        every = sorted([*found, *later.values()], key=lambda item: item.id) if later else found
        return [self._as_set(item) for item in every] if self.settings else every

    def _as_set(self, item: Resource) -> Resource:
        changed = self.settings.get(item.id.lower())
        return replace(item, properties=lambda: with_values(item.properties(), changed)) if changed else item

    def all_resources(self, subscription: Subscription) -> Iterator[Resource]:
        for group in subscription.groups:
            yield from self.resources(group)

    def find(self, resource_id: str) -> Resource | None:
        """A resource by its id, in any casing."""
        parts = resource_id.split("/")
        group = self.group_of(parts)
        if group is None:
            return None
        wanted = resource_id.lower()
        return next((item for item in self.resources(group) if item.id.lower() == wanted), None)

    def group_of(self, parts: list[str]) -> ResourceGroup | None:
        """The resource group in the segments of an id."""
        if len(parts) < 5 or parts[3].lower() != "resourcegroups":
            return None
        subscription = self.subscription(parts[2])
        return subscription.group(parts[4]) if subscription else None

    def tags_of(self, item: Resource | ResourceGroup) -> dict[str, str] | None:
        changed = self.tags.get(item.id.lower())
        if changed is not None:
            return changed
        return item.tags if isinstance(item, Resource) else group_tags(item)


def azure_of(world: World, tenant: Tenant) -> Azure:
    """The Azure of a tenant, kept with the world."""
    found: Azure = world.state(f"azure|{tenant.id}", lambda: Azure(tenant))
    return found


def visible(world: World, tenant: Tenant, app_id: str) -> list[Azure]:
    """Every Azure of which an application sees the subscriptions: its tenant's, and those delegated to that tenant."""
    own = azure_of(world, tenant)
    found = [own] if _may_read(world, own, app_id) else []
    if app_id in (world.estate.partner_app.id, world.estate.managed_identity.id):
        found += [azure_of(world, other) for other in world.estate.tenants.values() if is_delegated(other, tenant)]
    return found


def is_delegated(customer: Tenant, to: Tenant) -> bool:
    """Whether a customer's subscriptions are delegated to another tenant (Lighthouse)."""
    return customer.reach is Reach.LIGHTHOUSE and customer.managed_by == to.id


def _may_read(world: World, azure: Azure, app_id: str) -> bool:
    known = app_id in (world.estate.app_of(azure.tenant).id, world.estate.managed_identity.id)
    return known and app_id in azure.tenant.consents and azure.role is not Role.NONE
