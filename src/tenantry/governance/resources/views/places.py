"""The lists whose filters can be kept. Each list registers itself: it stands above this slice."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from tenantry.governance.resources.views.models import Place


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """Where a list is, and the filters it has."""

    path: str
    options: frozenset[str]


_places: Final[dict[Place, KnownPlace]] = {}


def known_place(place: Place, path: str, options: AbstractSet[str]) -> None:
    """Registers a list under its name."""
    _places[place] = KnownPlace(path, frozenset(options))


def options_of(place: Place) -> frozenset[str]:
    return _places[place].options


def path_of(place: Place) -> str:
    return _places[place].path
