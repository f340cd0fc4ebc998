"""Finding what slices register: jobs, datasets, projections, permissions, tables.

Slices register themselves when they are imported, so that adding one touches no list; this imports them all.
"""

import importlib
import pkgutil
from functools import cache
from typing import Final

import tenantry

_REGISTERING: Final = frozenset(
    {"models", "permissions", "tasks", "catalogue", "projections", "listeners", "operations"}
)


@cache
def load_slices() -> None:
    """Imports every module whose name says that it registers something."""
    for module in pkgutil.walk_packages(tenantry.__path__, "tenantry."):
        if module.name.rsplit(".", 1)[-1] in _REGISTERING:
            importlib.import_module(module.name)
