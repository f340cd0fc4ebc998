"""What files say about the program that made them."""

from functools import cache
from importlib.metadata import version
from typing import Final

NAME: Final = "Tenantry"


@cache
def own_version() -> str:
    return version("tenantry")
