"""Which permissions the product needs, and what is lost without each: declared by those who use them."""

_needs: dict[str, list[str]] = {}


def need(permission: str, enables: str) -> None:
    """Declares that something in words ("stale accounts, sign-in activity") needs an application permission."""
    enabled = _needs.setdefault(permission, [])
    if enables not in enabled:
        enabled.append(enables)


def needed_permissions() -> list[str]:
    return sorted(_needs)


def lost_without(permission: str) -> list[str]:
    """What cannot be known without a permission."""
    return _needs.get(permission, [])
