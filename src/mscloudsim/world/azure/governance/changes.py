"""Changes of what governs: something is assigned or exempted, an exemption ends, a resource complies no more."""

from collections.abc import Callable
from typing import Any, Final

from mscloudsim.world.azure.changes import Change, existing, note, set_tags
from mscloudsim.world.azure.cloud import Azure, azure_of
from mscloudsim.world.azure.governance.governance import Assignment, Exemption, Governance, governance_of
from mscloudsim.world.azure.governance.initiatives import INITIATIVES, Initiative
from mscloudsim.world.azure.governance.rules import RULES, Rule, value_at
from mscloudsim.world.azure.governance.states import states_in
from mscloudsim.world.azure.resource import Json, Resource
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

_KINDS: Final = "Microsoft.Authorization/policyAssignments", "Microsoft.Authorization/policyExemptions"


def _assigned(world: World) -> Change:
    def change(
        tenant: Tenant,
        *,
        definition: str,
        name: str,
        scope: str = "",
        parameters: dict[str, Any] | None = None,
        by: str = "",
    ) -> Json:
        """Assigns a definition or an initiative, by its name, at a scope; without one, at the management group."""
        governance = governance_of(world, azure_of(world, tenant))
        place = _scope(governance, scope or governance.root)
        if place.lower().partition("/resourcegroups/")[2].count("/"):
            raise ValueError("policies are assigned at management groups, subscriptions and resource groups")
        target = _target(definition)
        made = Assignment(place, name, target.title, target, parameters or {}, made_at=world.clock.now(), made_by=by)
        missing = sorted(target.parameters.keys() - made.parameters.keys())
        if missing:
            raise ValueError(f"{definition} needs the parameters {', '.join(missing)}")
        governance.assigned.append(made)
        return note(world, governance.azure, by, f"{_KINDS[0]}/write", made.id, kind="Create")

    return change


def _exempted(world: World) -> Change:
    def change(
        tenant: Tenant,
        *,
        scope: str,
        assignment: str,
        name: str,
        category: str = "Waiver",
        references: list[str] | None = None,
        seconds: float | None = None,
        by: str = "",
    ) -> Json:
        """Exempts a scope from an assignment, which is given by its id, for so many seconds or for good."""
        governance, now = governance_of(world, azure_of(world, tenant)), world.clock.now()
        known = {item.id.lower(): item.id for item in _assignments(governance)}
        if assignment.lower() not in known:
            raise ValueError(f"there is no assignment {assignment}")
        place, expires = _scope(governance, scope), None if seconds is None else now + seconds
        made = Exemption(place, name, name, known[assignment.lower()], category, tuple(references or ()), expires, now)
        governance.exempted.append(made)
        return note(world, governance.azure, by, f"{_KINDS[1]}/write", made.id, kind="Create")

    return change


def _expired(world: World) -> Change:
    def change(tenant: Tenant, *, exemption: str, by: str = "") -> Json:
        """Lets an exemption, given by its id, end now."""
        governance = governance_of(world, azure_of(world, tenant))
        known = [item.id.lower() for item in _exemptions(governance)]
        if exemption.lower() not in known:
            raise ValueError(f"there is no exemption {exemption}")
        governance.ended[exemption.lower()] = world.clock.now()
        return note(world, governance.azure, by, f"{_KINDS[1]}/write", exemption)

    return change


def _noncompliant(world: World) -> Change:
    def change(tenant: Tenant, *, resource: str, definition: str = "", by: str = "") -> Json:
        """Changes a resource so that it complies with a definition no more: the one named, or the first that can be."""
        azure = azure_of(world, tenant)
        found = existing(azure, resource)
        held = {
            state.member.rule.name: state
            for state in states_in(world, azure, found.group)
            if state.subject.id == found.id and state.verdict == "Compliant" and _can_be_broken(state.member.rule)
        }
        if not held or (definition and definition not in held):
            known = ", ".join(sorted(held)) or "none"
            raise ValueError(f"definitions that it complies with and can be made to violate: {known}")
        state = held[definition or next(iter(held))]
        if state.member.rule.breach is not None:
            return set_properties(world, azure, found, dict([state.member.rule.breach]), by)
        left = dict(azure.tags_of(found) or {})
        left.pop(str(state.member.given(state.assignment.parameters)["tagName"]))
        return set_tags(world, azure, found, left, by)

    return change


def _changed(world: World) -> Change:
    def change(tenant: Tenant, *, resource: str, properties: dict[str, Any], by: str = "") -> Json:
        """Sets properties of a resource, each by its dotted path."""
        azure = azure_of(world, tenant)
        return set_properties(world, azure, existing(azure, resource), properties, by)

    return change


def set_properties(world: World, azure: Azure, found: Resource, values: dict[str, Any], by: str) -> Json:
    """Sets properties of a resource, and notes what they were."""
    before = found.properties()
    changed = {
        f"properties.{path}": {"previousValue": value_at(before, path), "newValue": value}
        for path, value in values.items()
        if value_at(before, path) != value
    }
    azure.settings.setdefault(found.id.lower(), {}).update(values)
    return note(world, azure, by, f"{found.type}/write", found.id, changed)


CHANGES: Final[dict[str, Callable[[World], Change]]] = {
    "policy_assigned": _assigned,
    "policy_exempted": _exempted,
    "exemption_expired": _expired,
    "resource_made_noncompliant": _noncompliant,
    "resource_changed": _changed,
}


def _can_be_broken(rule: Rule) -> bool:
    return rule.breach is not None or "tagName" in rule.parameters


def _target(name: str) -> Rule | Initiative:
    known: dict[str, Rule | Initiative] = {item.name: item for item in (*RULES, *INITIATIVES)}
    if name not in known:
        raise ValueError(f"known definitions and initiatives are {', '.join(sorted(known))}")
    return known[name]


def _scope(governance: Governance, scope: str) -> str:
    """The scope in its own casing. Raises ValueError for one that is not there."""
    azure, wanted = governance.azure, scope.lower()
    for subscription in azure.every_subscription():
        if wanted == subscription.scope:
            return subscription.scope
        if wanted.startswith(f"{subscription.scope}/") and (group := azure.group_of(scope.split("/"))) is not None:
            return group.id if wanted == group.id.lower() else existing(azure, scope).id
    if wanted != governance.root.lower():
        raise ValueError(f"there is nothing at {scope}")
    return governance.root


def _assignments(governance: Governance) -> list[Assignment]:
    found = [item for part in governance.azure.every_subscription() for item in governance.inside(part)]
    return [*governance.above(), *found]


def _exemptions(governance: Governance) -> list[Exemption]:
    found = [item for part in governance.azure.every_subscription() for item in governance.exemptions(part)]
    return [*governance.exemptions_above(), *found]
