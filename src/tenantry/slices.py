"""Finding what slices register: jobs, datasets, projections, permissions, tables.

Slices register themselves when they are imported, so that adding one touches no list; this imports them all.
"""

import importlib
import pkgutil
from functools import cache
from typing import Any, Final

import tenantry

_DOORS: Final = ("api", "pages")
_REGISTERING: Final = frozenset(
    {"models", "permissions", "tasks", "catalogue", "projections", "listeners", "operations", "finders"}
    | {"metrics", "readings"}
)


@cache
def doors() -> list[Any]:
    """The doors of all slices: the `api` and `pages` of every module of these names.

    The deeper a place, the earlier its door is asked: `/resources/orphans` before `/resources/{id}`.
    """
    load_slices()
    found = []
    for module in pkgutil.walk_packages(tenantry.__path__, "tenantry."):
        name = module.name.rsplit(".", 1)[-1]
        if name in _DOORS and ".doors." not in module.name:
            found.append(getattr(importlib.import_module(module.name), name))
    return sorted(found, key=lambda door: -door.router.prefix.count("/"))


@cache
def load_slices() -> None:
    """Imports every module whose name says that it registers something."""
    for module in pkgutil.walk_packages(tenantry.__path__, "tenantry."):
        if module.name.rsplit(".", 1)[-1] in _REGISTERING:
            importlib.import_module(module.name)
