"""The finders of all slices, and asking each one that the actor may ask."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tenantry.platform.access import Permission
from tenantry.platform.work import Work

EACH: Final = 5
"""Things of one kind at most: a palette is read at a glance."""


@dataclass(frozen=True, slots=True)
class Found:
    """A thing to go to. `kind` is one word for what it is, with where it is when that tells it apart."""

    label: str
    href: str
    kind: str


Finder = Callable[[Work, str], Iterable[Found]]
"""Things whose name begins with a text, at most EACH, within the actor's scope."""

_finders: list[tuple[Permission, Finder]] = []


def finder(needs: Permission) -> Callable[[Finder], Finder]:
    """Registers a finder for those who hold the permission."""

    def register(function: Finder) -> Finder:
        _finders.append((needs, function))
        return function

    return register


def find(work: Work, text: str) -> list[Found]:
    """What the actor may go to, kind after kind."""
    start = text.strip()
    return [one for needs, finds in _finders if start and work.actor.may(needs) for one in finds(work, start)]
