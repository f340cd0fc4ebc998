"""Kinds of objects that settings services hold: what one looks like, and which there are in a tenant."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.m365.upkeep import Upkeep

Item = dict[str, Any]
NAMES: Final = ("Identity", "Name", "settingName", "UserPrincipalName")
"""What an object may be addressed by."""
_DEFAULTS: Final = frozenset({"Default", "Global"})


def _as_shipped(_upkeep: Upkeep) -> list[Item]:
    return [{}]


@dataclass(frozen=True)
class Kind:
    """`template` holds every property as Microsoft ships it; `make` gives what differs in each object of a tenant."""

    name: str
    template: Item
    make: Callable[[Upkeep], list[Item]] = _as_shipped
    plans: tuple[str, ...] = field(default=())
    """Service plans of which a tenant needs one to have such objects at all."""
    extras: frozenset[str] = frozenset()
    """Properties that are only there with one of `extra_plans`."""
    extra_plans: tuple[str, ...] = field(default=())

    def objects(self, upkeep: Upkeep) -> list[Item]:
        """The objects as they were generated, complete."""
        return [self.bought(upkeep, self.complete(upkeep, item)) for item in self.make(upkeep)]

    def bought(self, upkeep: Upkeep, item: Item) -> Item:
        """The object without the properties of licences that the tenant does not have."""
        if not self.extras or upkeep.has(*self.extra_plans):
            return item
        return {name: value for name, value in item.items() if name not in self.extras}

    def complete(self, upkeep: Upkeep, item: Item) -> Item:
        """The object with all its properties. Raises ValueError for one that such objects do not have."""
        if unknown := item.keys() - self.template.keys():
            raise ValueError(f"{self.name} has no {min(unknown)}; it has {', '.join(sorted(self.template))}")
        whole = {**self.template, **item}
        if "Guid" in whole:
            whole["Name"] = whole["Name"] or whole["Identity"]
            whole["Identity"] = whole["Identity"] or whole["Name"]
            whole["Guid"] = guid(upkeep.tenant.id, self.name, whole["Name"])
        return whole

    def is_licensed(self, upkeep: Upkeep) -> bool:
        return not self.plans or upkeep.has(*self.plans)


def names_of(item: Item) -> list[str]:
    """Every name of an object, in lower case."""
    return [str(item[key]).lower() for key in NAMES if item.get(key)]


def default_of(objects: list[Item]) -> Item | None:
    """The object that is meant without a name: the only one, or the one that applies to everybody."""
    if len(objects) == 1:
        return objects[0]
    return next((item for item in objects if item.get("IsDefault") or item.get("Identity") in _DEFAULTS), None)


def index(kinds: Iterable[Kind]) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}


def named(name: str, **properties: Any) -> Item:
    """The template of an object that has a name and an id, as most of Exchange's have."""
    return {"Identity": name, "Name": name, "Guid": "", "IsValid": True, **properties}
