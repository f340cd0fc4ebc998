"""Flipping a single setting by name, whichever service owns it: `exchange.OrganizationConfig.AuditDisabled`."""

from collections.abc import Callable
from typing import Any

from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

SettingsOwner = Callable[[Tenant, str, Any], dict[str, Any]]
"""Sets what is named in a tenant to a value and returns what it says now. Raises ValueError for a name it has not."""


def own_settings(world: World, prefix: str, owner: SettingsOwner) -> None:
    """From now on names that begin with `prefix.` are `owner`'s, which is given the rest of the name."""
    owners = _owners(world)
    owners[prefix] = owner
    changes: dict[str, Callable[..., object]] = world.state("changes", dict)
    changes["setting_changed"] = lambda tenant, setting, value: change_setting(world, tenant, setting, value)


def change_setting(world: World, tenant: Tenant, setting: str, value: Any) -> dict[str, Any]:
    """Raises ValueError for a setting that does not exist."""
    prefix, _, name = str(setting).partition(".")
    owner = _owners(world).get(prefix)
    if owner is None:
        raise ValueError(f"settings begin with {', '.join(sorted(_owners(world)))}, not with {prefix}")
    return owner(tenant, name, value)


def _owners(world: World) -> dict[str, SettingsOwner]:
    owners: dict[str, SettingsOwner] = world.state("settings owners", dict)
    return owners
