"""The left rail: slices register the pages people navigate to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the rail, shown to those who hold the permission."""

    label: str
    href: str
    icon: str
    order: int
    permission: str | None = None


_items: list[NavItem] = []


def navigation(item: NavItem) -> NavItem:
    if item not in _items:
        _items.append(item)
    return item


def rail(held: frozenset[str] | None) -> list[NavItem]:
    """The places somebody may go to; `held` None means all permissions."""
    shown = [item for item in _items if held is None or item.permission is None or item.permission in held]
    return sorted(shown, key=lambda item: item.order)
