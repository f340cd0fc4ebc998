"""`$filter`: the OData subset directory objects support."""

import re
from collections.abc import Callable
from typing import Any, Final

from mscloudsim.errors import GraphRefusal

Item = dict[str, Any]
Test = Callable[[Item], bool]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?)|(?P<number>-?\d+)"
    r"|(?P<word>[A-Za-z_][\w/]*)|(?P<mark>[(),:]))"
)
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "gt": lambda left, right: left is not None and bool(left > right),
    "ge": lambda left, right: left is not None and bool(left >= right),
    "lt": lambda left, right: left is not None and bool(left < right),
    "le": lambda left, right: left is not None and bool(left <= right),
}
_FUNCTIONS: Final[dict[str, Callable[[str, str], bool]]] = {
    "startswith": lambda value, start: value.lower().startswith(start.lower()),
    "endswith": lambda value, end: value.lower().endswith(end.lower()),
    "contains": lambda value, part: part.lower() in value.lower(),
}
ADVANCED: Final = re.compile(r"\b(ne|not|endswith|contains)\b", re.IGNORECASE)


def parse_filter(expression: str, known: frozenset[str], kind: str) -> Test:
    """A test for items. Raises GraphRefusal 400 for what does not parse and for unknown properties."""
    parser = _Parser(expression, known, kind)
    test = parser.disjunction()
    if parser.kind is not None:
        raise _bad(expression)
    return test


class _Parser:
    def __init__(self, expression: str, known: frozenset[str], type_name: str) -> None:
        self.expression, self.known, self.type_name = expression, known, type_name
        self.position = 0
        self.kind: str | None = None
        self.value = ""
        self._next()

    def disjunction(self) -> Test:
        parts = [self._conjunction()]
        while self._word("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda item: any(part(item) for part in parts)

    def _conjunction(self) -> Test:
        parts = [self._negation()]
        while self._word("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda item: all(part(item) for part in parts)

    def _negation(self) -> Test:
        if self._word("not"):
            inner = self._negation()
            return lambda item: not inner(item)
        if self._mark("("):
            inner = self.disjunction()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        name = self._take("word")
        if name.lower() in _FUNCTIONS and self._mark("("):
            return self._function(_FUNCTIONS[name.lower()])
        if name.endswith("/any") and self._mark("("):
            return self._any(self._property(name.removesuffix("/any")))
        read = self._property(name)
        operator = self._take("word").lower()
        if operator == "in":
            return self._membership(read)
        if operator not in _COMPARE:
            raise _bad(self.expression)
        compare, literal = _COMPARE[operator], self._literal()
        return lambda item: compare(_lowered(read(item)), _lowered(literal))

    def _function(self, test: Callable[[str, str], bool]) -> Test:
        read = self._property(self._take("word"))
        self._expect(",")
        literal = str(self._literal())
        self._expect(")")
        return lambda item: test(str(read(item) or ""), literal)

    def _any(self, read: Callable[[Item], Any]) -> Test:
        self._take("word")
        self._expect(":")
        self._take("word")
        if self._take("word").lower() != "eq":
            raise _bad(self.expression)
        literal = _lowered(self._literal())
        self._expect(")")
        return lambda item: any(_lowered(part) == literal for part in read(item) or ())

    def _membership(self, read: Callable[[Item], Any]) -> Test:
        self._expect("(")
        literals = {_lowered(self._literal())}
        while self._mark(","):
            literals.add(_lowered(self._literal()))
        self._expect(")")
        return lambda item: _lowered(read(item)) in literals

    def _property(self, path: str) -> Callable[[Item], Any]:
        names = path.split("/")
        if names[0] not in self.known:
            text = f"Could not find a property named '{names[0]}' on type 'microsoft.graph.{self.type_name}'."
            raise GraphRefusal(400, "Request_BadRequest", text)

        def read(item: Item) -> Any:
            value: Any = item
            for name in names:
                value = value.get(name) if isinstance(value, dict) else None
            return value

        return read

    def _literal(self) -> Any:
        kind, value = self.kind, self.value
        self._next()
        if kind == "text":
            return value[1:-1].replace("''", "'")
        if kind == "number":
            return int(value)
        if kind == "moment":
            return value
        words = {"true": True, "false": False, "null": None}
        if kind == "word" and value.lower() in words:
            return words[value.lower()]
        raise _bad(self.expression)

    def _word(self, word: str) -> bool:
        if self.kind == "word" and self.value.lower() == word:
            self._next()
            return True
        return False

    def _mark(self, mark: str) -> bool:
        if self.kind == "mark" and self.value == mark:
            self._next()
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._mark(mark):
            raise _bad(self.expression)

    def _take(self, kind: str) -> str:
        if self.kind != kind:
            raise _bad(self.expression)
        value = self.value
        self._next()
        return value

    def _next(self) -> None:
        rest = self.expression[self.position :]
        if not rest.strip():
            self.kind = None
            return
        match = _TOKEN.match(rest)
        if match is None or match.lastgroup is None:
            raise _bad(self.expression)
        self.kind, self.value = match.lastgroup, match.group(match.lastgroup)
        self.position += match.end()


def _lowered(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _bad(expression: str) -> GraphRefusal:
    return GraphRefusal(400, "Request_BadRequest", f"Invalid filter clause: {expression[:200]}")
