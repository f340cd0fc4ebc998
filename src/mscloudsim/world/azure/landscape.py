"""Which subscriptions and resource groups a Microsoft tenant has, computed from its seed and size.

Nothing is stored: a subscription knows its groups' names and what each is for; the resources in them are made
when a page asks for them.
"""

from dataclasses import dataclass
from functools import lru_cache

from mscloudsim.world.azure.dice import chance, dice, guid, number, pick

MAX_GROUPS = 980  # Azure allows as many resource groups per subscription
RESOURCES_PER_GROUP = 7
WARNED, ELSEWHERE, HALF = 0.04, 0.1, 0.5  # of subscriptions in arrears, groups in another region, either way

#: What resource groups are for, with how often each occurs. `empty` ones are orphans themselves.
PURPOSES = (
    ("machines", 22), ("web", 20), ("data", 12), ("integration", 12), ("network", 10), ("containers", 8),
    ("operations", 8), ("empty", 8),
)  # fmt: skip
DEPARTMENTS = (
    "erp",
    "crm",
    "intranet",
    "shop",
    "hr",
    "finance",
    "dms",
    "bi",
    "portal",
    "warehouse",
    "telephony",
    "legacy",
)
REGIONS = (("westeurope", "weu"), ("northeurope", "neu"), ("germanywestcentral", "gwc"), ("swedencentral", "sdc"))
STAGES = ("prod", "prod", "prod", "test", "dev")
#: Groups that Azure makes by itself, with what is in them.
PLATFORM_GROUPS = {"NetworkWatcherRG": "watcher", "DefaultResourceGroup-WEU": "operations"}


@dataclass(frozen=True, slots=True)
class AzureTenant:
    """What the Azure side needs to know about a Microsoft tenant."""

    seed: int
    tenant_id: str
    name: str
    domain: str
    country: str
    users: int

    @property
    def neglect(self) -> float:
        """From 0.02, everything tagged and in use, to 0.5, half of it forgotten."""
        return 0.02 + 0.48 * chance(self.seed, self.tenant_id, "neglect") ** 2

    @property
    def subscription_count(self) -> int:
        thresholds = (25, 100, 400, 1500, 5000, 20_000, 80_000)
        return 1 + sum(self.users >= threshold for threshold in thresholds)

    @property
    def resources(self) -> int:
        """About how many resources there are in all subscriptions together."""
        return 30 + int(self.users * 1.3)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One Azure subscription of a Microsoft tenant."""

    id: str
    tenant: AzureTenant
    index: int

    @property
    def name(self) -> str:
        labels = ("Production", "Development", "Connectivity", "Management", "Data", "Sandbox", "Identity", "Legacy")
        return f"{self.tenant.name} {labels[self.index]}"

    @property
    def quota_id(self) -> str:
        """Tells the offer, and so which cost interfaces work: a partner's customers are on CSP."""
        offers = ("CSP_2015-05-01", "CSP_2015-05-01", "EnterpriseAgreement_2014-09-01", "PayAsYouGo_2014-09-01")
        return pick(offers, self.id, "offer") if self.index != 1 else "MSDNDevTest_2014-09-01"

    @property
    def state(self) -> str:
        return "Warned" if self.index and chance(self.id, "state") < WARNED else "Enabled"

    @property
    def scope(self) -> str:
        return f"/subscriptions/{self.id}"

    @property
    def groups(self) -> tuple["ResourceGroup", ...]:
        """Its resource groups in the order of their ids."""
        return _groups(self)

    def group(self, name: str) -> "ResourceGroup | None":
        """Finds a resource group by name, in any casing."""
        return _groups_by_name(self).get(name.lower())


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    """One resource group: its name, place, purpose and how many times the purpose is repeated in it."""

    id: str
    subscription: Subscription
    name: str
    location: str
    purpose: str
    stage: str
    department: str
    repeats: int


def subscriptions(tenant: AzureTenant) -> tuple[Subscription, ...]:
    """Every subscription of the tenant, in the order of their ids."""
    return _subscriptions(tenant)


@lru_cache(maxsize=1024)
def _subscriptions(tenant: AzureTenant) -> tuple[Subscription, ...]:
    found = (
        Subscription(guid(tenant.seed, tenant.tenant_id, "subscription", index), tenant, index)
        for index in range(tenant.subscription_count)
    )
    return tuple(sorted(found, key=lambda subscription: subscription.id))


@lru_cache(maxsize=64)
def _groups(subscription: Subscription) -> tuple[ResourceGroup, ...]:
    tenant = subscription.tenant
    resources = tenant.resources // tenant.subscription_count
    count = max(3, min(MAX_GROUPS, resources // RESOURCES_PER_GROUP))
    repeats = max(1, round(resources / count / RESOURCES_PER_GROUP))
    made = [_group(subscription, index, repeats) for index in range(count)]
    made += [_platform_group(subscription, name) for name in PLATFORM_GROUPS if chance(subscription.id, name) < HALF]
    # The slash after the name takes part in the order of ids: "rg-a/…" comes after "rg-a-b/…".
    return tuple(sorted(made, key=lambda group: f"{group.name}/"))


@lru_cache(maxsize=64)
def _groups_by_name(subscription: Subscription) -> dict[str, ResourceGroup]:
    return {group.name.lower(): group for group in _groups(subscription)}


def _group(subscription: Subscription, index: int, repeats: int) -> ResourceGroup:
    roll = dice(subscription.id, "group", index)
    # Every subscription has machines, a web application and a network, so that even a small office shows something.
    first = ("machines", "web", "network")
    purpose = first[index] if index < len(first) else roll.choices(*zip(*PURPOSES, strict=True))[0]
    region, short_region = REGIONS[number(subscription.tenant.tenant_id, below=len(REGIONS))]
    if roll.random() < ELSEWHERE:
        region, short_region = roll.choice(REGIONS)
    stage, department = roll.choice(STAGES), roll.choice(DEPARTMENTS)
    name = f"rg-{department}-{stage}-{short_region}-{index:03}"
    if roll.random() < subscription.tenant.neglect:
        name = roll.choice((f"Test_{department}{index}", f"{department.upper()}-RG{index}", f"tmp{index}-{department}"))
    return ResourceGroup(
        f"{subscription.scope}/resourceGroups/{name}", subscription, name, region, purpose, stage, department, repeats
    )


def _platform_group(subscription: Subscription, name: str) -> ResourceGroup:
    return ResourceGroup(
        f"{subscription.scope}/resourceGroups/{name}",
        subscription,
        name,
        "westeurope",
        PLATFORM_GROUPS[name],
        "prod",
        "platform",
        1,
    )
