"""Verdicts of policies over resources, from what the resources really are, and sums of them."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.dice import guid, number
from mscloudsim.world.azure.governance.governance import Assignment, governance_of
from mscloudsim.world.azure.governance.initiatives import Member
from mscloudsim.world.azure.governance.rules import Subject, subject_of
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.resource import Resource
from mscloudsim.world.world import World

_DAY: Final = 86_400
_KEPT: Final = 64
WEIGHTS: Final = {"NonCompliant": 300, "Compliant": 200, "Conflict": 100, "Exempt": 50}
"""The official order: of several states of one resource, the heaviest is shown."""


@dataclass(frozen=True, slots=True)
class State:
    """What one definition, by one assignment, says of one resource."""

    subject: Subject
    assignment: Assignment
    member: Member
    verdict: str
    at: float

    @property
    def key(self) -> str:
        return guid(self.assignment.id, self.member.reference, self.member.rule.name, self.subject.id)


def evaluated_at(subscription: Subscription, now: float) -> float:
    """When the policies of a subscription were evaluated last: once a day, each subscription at its own time."""
    offset = number(subscription.id, "evaluated", below=_DAY)
    return (now - offset) // _DAY * _DAY + offset


def states_in(world: World, azure: Azure, group: ResourceGroup) -> Iterator[State]:
    """The verdicts over a group and what is in it, in the order of their ids.

    What changed after the daily evaluation was evaluated again when it changed.
    """
    governance, now = governance_of(world, azure), world.clock.now()
    daily, touched = evaluated_at(group.subscription, now), _touched(azure)
    exemptions, assignments = governance.exempting(group), governance.over(group)
    items: list[ResourceGroup | Resource] = [group, *azure.resources(group)]
    for item in items:
        subject, key = subject_of(azure, item), item.id.lower()
        for assignment in assignments:
            if not assignment.covers(key):
                continue
            at = max(daily, touched.get(key, 0.0), assignment.made_at)
            for member in assignment.members:
                if member.rule.looks_at(subject):
                    exempt = any(exemption.holds(assignment, member, key, now) for exemption in exemptions)
                    yield State(subject, assignment, member, _verdict(subject, assignment, member, exempt=exempt), at)


def _verdict(subject: Subject, assignment: Assignment, member: Member, *, exempt: bool) -> str:
    if exempt:
        return "Exempt"
    return "Compliant" if member.rule.complies(subject, member.given(assignment.parameters)) else "NonCompliant"


def _touched(azure: Azure) -> dict[str, float]:
    return {event.resource_id.lower(): event.at for event in azure.events}


@dataclass
class Tally:
    """How many resources, definitions and groups of definitions are in which state."""

    resources: Counter[str] = field(default_factory=Counter)
    policies: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)


@dataclass
class Summary:
    """The sums of one subscription: of all, of each assignment, of each member and of each group in it."""

    whole: Tally
    assignments: dict[str, Tally]
    members: dict[tuple[str, str], Tally]
    groups: dict[tuple[str, str], Tally]
    known: dict[str, Assignment]


class _Worst(dict[tuple[str, ...], dict[str, str]]):
    """The heaviest state of each thing, by what it belongs to."""

    def note(self, of: tuple[str, ...], thing: str, verdict: str) -> None:
        held = self.setdefault(of, {})
        if WEIGHTS[verdict] > WEIGHTS.get(held.get(thing, ""), 0):
            held[thing] = verdict

    def counted(self, *of: str) -> Counter[str]:
        return Counter(self.get(of, {}).values())


def summary_of(world: World, azure: Azure, subscription: Subscription) -> Summary:
    """The sums as they are now; kept until something may have changed."""
    known: OrderedDict[tuple[Any, ...], Summary] = world.state("policy summaries", OrderedDict)
    key = (subscription.id, azure.version, int(world.clock.now() // 60))
    found = known.get(key)
    if found is None:
        found = known[key] = _summed(world, azure, subscription)
        while len(known) > _KEPT:
            known.popitem(last=False)
    return found


def _summed(world: World, azure: Azure, subscription: Subscription) -> Summary:
    resources, policies, groups, known = _Worst(), _Worst(), _Worst(), dict[str, Assignment]()
    for group in subscription.groups:
        for state in states_in(world, azure, group):
            key, member, verdict = state.assignment.id, state.member, state.verdict
            known[key] = state.assignment
            name = member.reference or member.rule.name
            belongs = [(), (key,), (key, "member", name), *((key, "group", part) for part in member.groups)]
            for of in belongs:
                resources.note(of, state.subject.id, verdict)
                policies.note(of, member.rule.name, verdict)
            for part in member.groups:
                groups.note((), part, verdict)
                groups.note((key,), part, verdict)

    def tally(*of: str) -> Tally:
        return Tally(resources.counted(*of), policies.counted(*of), groups.counted(*of))

    return Summary(
        tally(),
        {key: tally(key) for key in known},
        {(of[0], of[2]): tally(*of) for of in resources if of[1:2] == ("member",)},
        {(of[0], of[2]): tally(*of) for of in resources if of[1:2] == ("group",)},
        known,
    )
