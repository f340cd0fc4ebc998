"""Permissions as data: declared once by the slice that checks them, listed for roles, documentation and tests."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tenantry.platform.access.roles import TENANT_ADMIN, DefaultRole

_NAME = re.compile(r"[a-z][a-z-]*:[a-z][a-z-]*")


@dataclass(frozen=True, slots=True)
class Permission:
    """A verb on a resource, such as `audit:read`, what it allows in words, and the default roles that hold it."""

    name: str
    allows: str
    roles: frozenset[DefaultRole]

    def __str__(self) -> str:
        return self.name


_registry: dict[str, Permission] = {}


def permission(name: str, allows: str, *roles: DefaultRole) -> Permission:
    """Declares a permission. The tenant administrator always holds it; `roles` are the other default roles that do."""
    if not _NAME.fullmatch(name):
        message = f"{name!r} is not of the form resource:action"
        raise ValueError(message)
    declared = Permission(name, allows, frozenset({TENANT_ADMIN, *roles}))
    if _registry.setdefault(name, declared) != declared:
        message = f"permission {name} is declared twice"
        raise ValueError(message)
    return declared


def all_permissions() -> list[Permission]:
    return sorted(_registry.values(), key=lambda item: item.name)


def granted_by(role_names: Iterable[str]) -> frozenset[str]:
    """The permissions the default roles of these names hold."""
    names = set(role_names)
    return frozenset(item.name for item in _registry.values() if any(role.name in names for role in item.roles))
