"""What every page of identity has around it: its tabs, the choice of a Microsoft tenant, the filters in force."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.identity.lists import LISTS
from tenantry.platform.work import Work
from tenantry.web.rendering import query

_FIRST: Final = {
    "": "Overview",
    "compare": "Compare",
    "privileged": "Privileged",
    "users": "Users",
    "guests": "Guests",
    "stale": "Stale",
    "credentials": "Credentials",
    "licences": "Licences",
}
EXPORTS: Final = (("csv", "CSV"), ("xlsx", "Excel"), ("json", "JSON"))


def tabs(options: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Views of the same Microsoft tenant: going from one to another keeps it."""
    kept = query({"tenant": options.get("tenant")})
    names = {**_FIRST, **{key: item.title for key, item in LISTS.items()}}
    return [
        (name, title, f"/identity{'/' if name else ''}{name}{kept if len(kept) > 1 else ''}")
        for name, title in names.items()
    ]


def tenants(work: Work) -> list[Any]:
    """Those that can be chosen, by name."""
    statement = select(MicrosoftTenant.id, MicrosoftTenant.name).order_by(MicrosoftTenant.name_key)
    statement = statement.where(MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED)
    if work.actor.scope is not None:
        statement = statement.where(MicrosoftTenant.id.in_(work.actor.scope))
    return list(work.session.execute(statement))


Words = Mapping[str, tuple[str, Mapping[str, str]]]
"""Per option what it is called, and what its values are."""


def chips(options: Mapping[str, str], choice: list[Any], words: Words) -> list[tuple[str, str, str]]:
    """The filters in force, in words."""
    found = []
    if options.get("q"):
        found.append(("q", "Name begins with", options["q"]))
    if options.get("tenant"):
        names = {str(key): name for key, name in choice}
        found.append(("tenant", "Microsoft tenant", names.get(options["tenant"], "not one of yours")))
    for name, (label, values) in words.items():
        if options.get(name) in values:
            found.append((name, label, values[options[name]]))
    return found
