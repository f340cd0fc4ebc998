"""The settings of a tenant as they are now, and changing any of them by name.

A setting is named `service.Kind.Property`, for instance `exchange.OrganizationConfig.AuditDisabled`. Where there are
several objects of a kind, the one that applies to everybody (`Default`, `Global`, the one with `IsDefault`) is meant,
or another by its name in brackets: `exchange.SafeLinksPolicy[Built-In Protection Policy].TrackClicks`,
`exchange.DkimSigningConfig[contoso.example].Enabled`, `exchange.Mailbox[alice@contoso.example].AuditEnabled`,
`fabric.TenantSetting[PublishToWeb].enabled`. A value of null sets null. `service.Kind` alone takes a list of objects
that stands in for all there are: `exchange.TransportRule` = `[{"Name": "Trust", "SetSCL": -1}]`; properties that an
object leaves out are as Microsoft ships them. Services: exchange, compliance, teams, sharepoint, fabric.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mscloudsim.world.care import set_care
from mscloudsim.world.directory import directory_of
from mscloudsim.world.directory.people import Sort, leaves_shared_open
from mscloudsim.world.estate import Tenant
from mscloudsim.world.m365 import collaboration, compliance, fabric, mail, mailboxes, protection
from mscloudsim.world.m365.kinds import Item, Kind, default_of, index, names_of
from mscloudsim.world.m365.upkeep import Upkeep, upkeep_of
from mscloudsim.world.settings import own_settings
from mscloudsim.world.world import World

_ADDRESS: Final = re.compile(r"(?P<kind>\w+)(?:\[(?P<name>.+)\])?(?:\.(?P<property>[\w-]+))?")
KINDS: Final[dict[str, dict[str, Kind]]] = {
    "exchange": index([*mail.KINDS, *protection.KINDS, *mailboxes.KINDS]),
    "compliance": index(compliance.KINDS),
    "teams": index(collaboration.TEAMS),
    "sharepoint": index(collaboration.SHAREPOINT),
    "fabric": index(fabric.KINDS),
}
_OF_PEOPLE: Final = index(mailboxes.KINDS)
"""Kinds with an object per person, which are never listed as a whole."""


@dataclass
class Settings:
    """Objects are generated when they are asked for; only what was changed is kept."""

    world: World
    tenant: Tenant
    _replaced: dict[tuple[str, str], list[Item]] = field(default_factory=dict)
    """Objects that stand in for the generated ones, by service and kind."""
    _edits: dict[tuple[str, str, str], Item] = field(default_factory=dict)
    """Changed properties by service, kind and the object's first name."""

    def upkeep(self) -> Upkeep:
        return upkeep_of(self.world, self.tenant)

    def objects(self, service: str, kind: str) -> list[Item]:
        """All objects of a kind as they are now; none where the licence for it is missing."""
        known, upkeep = KINDS[service][kind], self.upkeep()
        if (service, kind) in self._replaced:
            made = [known.bought(upkeep, known.complete(upkeep, item)) for item in self._replaced[service, kind]]
        else:
            made = known.objects(upkeep) if known.is_licensed(upkeep) else []
        return [self.edited(service, kind, item) for item in made]

    def edited(self, service: str, kind: str, item: Item) -> Item:
        """A generated object with what was changed about it."""
        names = names_of(item)
        edits = self._edits.get((service, kind, names[0])) if names else None
        return {**item, **edits} if edits else item

    def change(self, service: str, address: str, value: Any) -> Item:
        """Sets what is addressed. Raises ValueError for what does not exist, naming what does."""
        match = _ADDRESS.fullmatch(address)
        kind = KINDS[service].get(match["kind"]) if match else None
        if match is None or kind is None:
            raise ValueError(f"{service} has {', '.join(sorted(KINDS[service]))}, not {address}")
        if match["property"] is None:
            return self._replace(service, kind, match["name"], value)
        item = self._find(service, kind, match["name"])
        kind.complete(self.upkeep(), {match["property"]: value})
        edits = self._edits.setdefault((service, kind.name, names_of(item)[0]), {})
        edits[match["property"]] = value
        return {**item, **edits}

    def forget(self) -> None:
        """Undoes every change."""
        self._replaced.clear()
        self._edits.clear()

    def _replace(self, service: str, kind: Kind, name: str | None, value: Any) -> Item:
        if name is not None or not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise ValueError(f"without a property, {kind.name} takes a list of objects and no name")
        if kind.name in _OF_PEOPLE:
            raise ValueError(f"{kind.name} comes with people; change one by the principal name in brackets")
        upkeep = self.upkeep()
        objects = [kind.complete(upkeep, item) for item in value]
        self._replaced[service, kind.name] = value
        for key in [key for key in self._edits if key[:2] == (service, kind.name)]:
            del self._edits[key]
        return {kind.name: objects}

    def _find(self, service: str, kind: Kind, name: str | None) -> Item:
        if kind.name in _OF_PEOPLE:
            found = mailboxes.find(self.upkeep(), kind.name, name or "")
            if found is None:
                raise ValueError(f"{kind.name} takes the principal name of somebody in brackets who has one")
            return self.edited(service, kind.name, kind.complete(self.upkeep(), found))
        objects = self.objects(service, kind.name)
        if name is None:
            found = default_of(objects)
        else:
            found = next((item for item in objects if name.lower() in names_of(item)), None)
        if found is None:
            there = ", ".join(names_of(item)[0] for item in objects) or "none"
            raise ValueError(f"{kind.name} needs one of these names in brackets: {there}")
        return found


def settings_of(world: World, tenant: Tenant) -> Settings:
    """The settings of a tenant, kept with the world."""
    settings: Settings = world.state(f"m365 settings|{tenant.id}", lambda: Settings(world, tenant))
    return settings


def own(world: World, service: str) -> None:
    """Lets the control API change the settings of a service, and the care of all of a tenant's settings."""

    def change(tenant: Tenant, address: str, value: Any) -> Item:
        return settings_of(world, tenant).change(service, address, value)

    own_settings(world, service, change)
    changes: dict[str, Callable[..., object]] = world.state("changes", dict)
    changes["profile_changed"] = lambda tenant, care: profile_changed(world, tenant, care)


def profile_changed(world: World, tenant: Tenant, care: float) -> Item:
    """From here on the tenant is kept this well, from 0 to 1; single settings that were changed are forgotten.

    Sign-in to shared mailboxes is blocked or not as in any tenant of that care.
    """
    set_care(world, tenant, care)
    settings_of(world, tenant).forget()
    directory = directory_of(world, tenant)
    enabled = leaves_shared_open(care)
    for position in range(tenant.users):
        shared = directory.people.facts(position).sort is Sort.SHARED
        item = directory.users.at(position, ("id", "accountEnabled")) if shared else None
        if item is not None and item["accountEnabled"] is not enabled:
            directory.users.edit(item["id"], {"accountEnabled": enabled})
    return {"tenant": tenant.id, "care": care}
