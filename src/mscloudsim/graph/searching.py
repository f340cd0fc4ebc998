"""`$search` on directory objects: quoted clauses of `property:words`, joined by AND and OR."""

import re
from dataclasses import dataclass
from typing import Final

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.schema import Item

_CLAUSE: Final = re.compile(r'\s*"(\w+):((?:[^"\\]|\\.)*)"\s*(AND|OR|$)')
_SPLIT: Final = re.compile(r"[\s\-_.@,;:()]+")


@dataclass(frozen=True, slots=True)
class Search:
    """Clauses in disjunctive form: one of the lists has to hold whole."""

    alternatives: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def names(self) -> set[str]:
        return {name for clauses in self.alternatives for name, _ in clauses}

    def test(self, item: Item) -> bool:
        return any(all(_holds(item, name, words) for name, words in clauses) for clauses in self.alternatives)


def parse_search(expression: str, searchable: frozenset[str]) -> Search:
    """Raises GraphRefusal 400 for unquoted clauses and properties that cannot be searched."""
    alternatives: list[list[tuple[str, str]]] = [[]]
    place = 0
    while place < len(expression):
        match = _CLAUSE.match(expression, place)
        if match is None or match[1] not in searchable:
            raise _refusal(expression, place if match is None else match.start(1), match)
        alternatives[-1].append((match[1], match[2].lower()))
        if match[3] == "OR":
            alternatives.append([])
        place = match.end()
    if not alternatives[-1]:
        raise _refusal(expression, place, None)
    return Search(tuple(tuple(clauses) for clauses in alternatives))


def _holds(item: Item, name: str, words: str) -> bool:
    """Whether every word begins a word of the property, or the whole is contained in it."""
    value = str(item.get(name) or "").lower()
    pieces = _SPLIT.split(value)
    return (
        all(any(piece.startswith(word) for piece in pieces) for word in _SPLIT.split(words) if word) or words in value
    )


def _refusal(expression: str, place: int, match: re.Match[str] | None) -> GraphRefusal:
    if match is not None:
        return GraphRefusal(400, "Request_UnsupportedQuery", f"Property '{match[1]}' is not searchable.")
    shown = expression[:80]
    return GraphRefusal(400, "Request_BadRequest", f"Syntax error: unexpected text at position {place} in '{shown}'.")
