"""What a query's request says, checked."""

from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.errors import ArmRefusal

_USUAL, _MOST = 100, 1000
_MOST_SUBSCRIPTIONS: Final = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's body, checked."""

    query: str
    subscriptions: tuple[str, ...]
    management_groups: tuple[str, ...]
    top: int
    skip: int
    token: str | None
    as_table: bool
    above: bool
    """Whether what holds in a subscription from above it is asked for as well."""


def asked_for(body: Any) -> Asked:
    """The body's fields. Raises ArmRefusal 400 for what the service refuses."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str) or not body["query"].strip():
        raise ArmRefusal(400, "BadRequest", "Please provide below info when asking for support: the query is missing.")
    options = body.get("options") or {}
    subscriptions = body.get("subscriptions") or []
    groups = body.get("managementGroups") or []
    if not isinstance(options, dict) or not isinstance(subscriptions, list) or not isinstance(groups, list):
        raise ArmRefusal(400, "BadRequest", "The options or the scope of the request are malformed.")
    if len(subscriptions) > _MOST_SUBSCRIPTIONS:
        raise ArmRefusal(400, "BadRequest", f"A request may name {_MOST_SUBSCRIPTIONS} subscriptions at most.")
    token = options.get("$skipToken")
    return Asked(
        query=body["query"],
        subscriptions=tuple(str(item).lower() for item in subscriptions),
        management_groups=tuple(str(item).lower() for item in groups),
        top=_number(options, "$top", _USUAL, 1, _MOST),
        skip=_number(options, "$skip", 0, 0, 2**31),
        token=str(token) if token else None,
        as_table=str(options.get("resultFormat", "objectArray")).lower() == "table",
        above="above" in str(options.get("authorizationScopeFilter", "AtScopeAndBelow")).lower(),
    )


def _number(options: dict[str, Any], name: str, usual: int, least: int, most: int) -> int:
    value = options.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ArmRefusal(400, "BadRequest", f"The value of {name} has to be between {least} and {most}.")
    return value
