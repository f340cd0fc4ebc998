"""The left rail: slices register the pages people navigate to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the rail, shown to those who hold the permission.

    `icon` names a symbol of static/icons.svg. `order` places it, and on a phone the four lowest are in the bottom bar.
    Items of one `group` stand together under its name; without one they stand alone.
    """

    label: str
    href: str
    icon: str
    order: int
    permission: str | None = None
    group: str = ""


_items: list[NavItem] = []


def navigation(item: NavItem) -> NavItem:
    if item not in _items:
        _items.append(item)
    return item


def rail(held: frozenset[str] | None) -> list[NavItem]:
    """The places somebody may go to; `held` None means all permissions."""
    shown = [item for item in _items if held is None or item.permission is None or item.permission in held]
    return sorted(shown, key=lambda item: item.order)
