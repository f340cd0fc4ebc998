"""What is assigned in one Microsoft tenant, at which scope, and what is exempted from it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.dice import chance, guid, number, short
from mscloudsim.world.azure.governance import rules
from mscloudsim.world.azure.governance.initiatives import (
    BASELINE,
    BENCHMARK,
    PROVIDER,
    Initiative,
    Member,
    definition_id,
)
from mscloudsim.world.azure.governance.rules import Rule
from mscloudsim.world.azure.landscape import REGIONS, ResourceGroup, Subscription
from mscloudsim.world.azure.resource import ANCHOR, arm_moment
from mscloudsim.world.world import World

_DAY: Final = 86_400
_ANCHOR: Final = ANCHOR.timestamp()
_LATER: Final = timedelta(days=3650).total_seconds()
"""What is to last outlives any moment a simulation is moved to."""
_EXEMPT, _WATCHED, _OLD = 0.08, 0.1, 0.2
"""Shares: of exempt groups, of groups with a policy of their own, of subscriptions with a deprecated one."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A definition or an initiative that holds over a scope."""

    scope: str
    name: str
    title: str
    target: Rule | Initiative
    parameters: dict[str, Any] = field(default_factory=dict)
    is_enforced: bool = True
    not_scopes: tuple[str, ...] = ()
    message: str = ""
    made_at: float = _ANCHOR
    made_by: str = ""

    @property
    def id(self) -> str:
        return f"{self.scope}{PROVIDER}/policyAssignments/{self.name}"

    @property
    def members(self) -> tuple[Member, ...]:
        return self.target.members if isinstance(self.target, Initiative) else (Member(self.target),)

    def covers(self, resource_id: str) -> bool:
        """Whether it holds for what has this id, in lower case."""
        return not any(_inside(resource_id, scope.lower()) for scope in self.not_scopes)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Lets a scope be as it is, for some references of an assignment or all, until a moment or for good."""

    scope: str
    name: str
    title: str
    assignment_id: str
    category: str
    references: tuple[str, ...] = ()
    expires: float | None = None
    made_at: float = _ANCHOR

    @property
    def id(self) -> str:
        return f"{self.scope}{PROVIDER}/policyExemptions/{self.name}"

    def holds(self, assignment: Assignment, member: Member, resource_id: str, now: float) -> bool:
        """Whether a resource, by its lower-case id, is exempt now."""
        of_it = self.assignment_id.lower() == assignment.id.lower()
        named = not self.references or member.reference in self.references
        lasting = self.expires is None or self.expires > now
        return of_it and named and lasting and _inside(resource_id, self.scope.lower())


@dataclass
class Governance:
    """What the seed says, and what was assigned, exempted or ended since."""

    azure: Azure
    assigned: list[Assignment] = field(default_factory=list)
    exempted: list[Exemption] = field(default_factory=list)
    ended: dict[str, float] = field(default_factory=dict)
    """When an exemption ended, in place of its own end, by its lower-case id."""

    @property
    def root(self) -> str:
        """The tenant's only management group, which bears the tenant's id."""
        return root_of(self.azure.tenant.id)

    def above(self) -> list[Assignment]:
        """Those of the management group."""
        region = REGIONS[number(self.azure.tenant.id, below=len(REGIONS))][0]
        baseline = Assignment(
            self.root,
            BASELINE.name,
            BASELINE.title,
            BASELINE,
            {"listOfAllowedLocations": sorted({region, "westeurope"})},
            message="Ask the platform team for an exemption.",
        )
        return [baseline, *self._later(self.root)]

    def of_subscription(self, subscription: Subscription) -> list[Assignment]:
        """Those of the subscription itself."""
        scope = subscription.scope
        made = [Assignment(scope, "SecurityCenterBuiltIn", f"ASC Default (subscription: {subscription.id})", BENCHMARK)]
        cards, strictly, edge = rules.CARD_ADDRESS, subscription.index == 0, _first(subscription, "network")
        without = (edge.id,) if edge else ()
        made.append(Assignment(scope, "no-public-cards", cards.title, cards, {}, strictly, without))
        if chance(subscription.id, "old policy") < _OLD + self.azure.landscape.neglect:
            made.append(Assignment(scope, "block-rdp", "Block RDP", rules.REMOTE_DESKTOP))
        return [*made, *self._later(scope)]

    def of_group(self, group: ResourceGroup) -> list[Assignment]:
        """Those of a resource group itself. Every subscription has one, at its first web application."""
        made, is_first = [], group == _first(group.subscription, "web")
        if is_first or (group.purpose == "web" and chance(group.id, "policy") < _WATCHED):
            made.append(Assignment(group.id, "production-plans", rules.PLAN_TIER.title, rules.PLAN_TIER))
        if is_first:
            title = rules.CLIENT_CERTIFICATES.title
            made.append(Assignment(group.id, "client-certificates", title, rules.CLIENT_CERTIFICATES))
        return [*made, *self._later(group.id)]

    def over(self, group: ResourceGroup) -> list[Assignment]:
        """Everything that holds for what is in a group."""
        return [*self.above(), *self.of_subscription(group.subscription), *self.of_group(group)]

    def exemptions_above(self) -> list[Exemption]:
        return [self._as_ended(item) for item in self.exempted if item.scope.lower() == self.root.lower()]

    def exemptions(self, subscription: Subscription) -> list[Exemption]:
        """Those of the subscription and of everything in it."""
        found = [*_seeded(subscription), *(i for i in self.exempted if _inside(i.scope, subscription.scope))]
        return [self._as_ended(item) for item in found]

    def exempting(self, group: ResourceGroup) -> list[Exemption]:
        """Those that may hold for something in a group."""
        wide = group.subscription.scope
        found = (*_seeded(group.subscription), *self.exempted)
        near = [item for item in found if item.scope == wide or _inside(item.scope, group.id)]
        return [*self.exemptions_above(), *map(self._as_ended, near)]

    def inside(self, subscription: Subscription) -> list[Assignment]:
        """Those of the subscription and of everything in it."""
        found = self.of_subscription(subscription)
        return found + [item for group in subscription.groups for item in self.of_group(group)]

    def _later(self, scope: str) -> list[Assignment]:
        return [item for item in self.assigned if item.scope.lower() == scope.lower()]

    def _as_ended(self, item: Exemption) -> Exemption:
        end = self.ended.get(item.id.lower())
        return item if end is None else replace(item, expires=end)


def root_of(tenant_id: str) -> str:
    return f"/providers/Microsoft.Management/managementGroups/{tenant_id}"


def governance_of(world: World, azure: Azure) -> Governance:
    """The governance of a tenant's Azure, kept with the world."""
    found: Governance = world.state(f"governance|{azure.tenant.id}", lambda: Governance(azure))
    return found


def assignment(governance: Governance, item: Assignment) -> dict[str, Any]:
    """An assignment as ARM writes it."""
    made = arm_moment(item.made_at)
    by = item.made_by or guid(governance.azure.tenant.id, "platform team")
    message = {"nonComplianceMessages": [{"message": item.message}]} if item.message else {}
    return {
        "id": item.id,
        "type": "Microsoft.Authorization/policyAssignments",
        "name": item.name,
        "properties": {
            "displayName": item.title,
            "policyDefinitionId": definition_id(item.target, governance.root),
            "scope": item.scope,
            "notScopes": list(item.not_scopes),
            "parameters": {name: {"value": value} for name, value in item.parameters.items()},
            "description": "",
            "metadata": {"createdBy": by, "createdOn": made, "updatedBy": None, "updatedOn": None},
            "enforcementMode": "Default" if item.is_enforced else "DoNotEnforce",
            **message,
        },
    }


def exemption(item: Exemption) -> dict[str, Any]:
    """An exemption as ARM writes it; one without an end has no `expiresOn`."""
    end = {"expiresOn": arm_moment(item.expires)} if item.expires is not None else {}
    made = {"By": "platform-team", "ByType": "User", "At": arm_moment(item.made_at)}
    return {
        "id": item.id,
        "type": "Microsoft.Authorization/policyExemptions",
        "name": item.name,
        "systemData": {f"{verb}{name}": value for verb in ("created", "lastModified") for name, value in made.items()},
        "properties": {
            "policyAssignmentId": item.assignment_id,
            "policyDefinitionReferenceIds": list(item.references),
            "exemptionCategory": item.category,
            "displayName": item.title,
            "description": "",
            "assignmentScopeValidation": "Default",
            **end,
        },
    }


@lru_cache(maxsize=64)
def _seeded(subscription: Subscription) -> tuple[Exemption, ...]:
    """Some groups are exempt from the baseline: for good, until a day that is over, or until one to come."""
    baseline = f"{root_of(subscription.tenant.tenant_id)}{PROVIDER}/policyAssignments/{BASELINE.name}"
    chosen = (
        group for place, group in enumerate(subscription.groups) if place <= 1 or chance(group.id, "exempt") < _EXEMPT
    )
    return tuple(_exempt(group, baseline, place) for place, group in enumerate(chosen))


def _exempt(group: ResourceGroup, assignment_id: str, place: int) -> Exemption:
    days = number(group.id, "days", below=200) * _DAY
    references = ("ownerTag", "environmentTag") if number(group.id, "references", below=2) else ()
    return Exemption(
        group.id,
        f"exempt-{short(group.id, 'exemption')}",
        f"{group.name} is to be cleaned up",
        assignment_id,
        ("Mitigated", "Waiver")[number(group.id, "category", below=2)],
        references,
        (None, _ANCHOR - days, _ANCHOR + _LATER + days)[place % 3],
        _ANCHOR - days - 90 * _DAY,
    )


@lru_cache(maxsize=64)
def _first(subscription: Subscription, purpose: str) -> ResourceGroup | None:
    return next((group for group in subscription.groups if group.purpose == purpose), None)


def _inside(resource_id: str, scope: str) -> bool:
    return resource_id == scope or resource_id.startswith(f"{scope}/")
