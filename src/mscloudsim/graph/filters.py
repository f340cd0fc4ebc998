"""`$filter`: the part of OData that Graph's objects support, refused in its words where it does not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.comparing import COMPARISONS, comparison, moment_text
from mscloudsim.graph.schema import Edm, EntityType, Item

Test = Callable[[Any], bool]
Read = Callable[[Any], Any]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w.]*(?:/[\w$.]+)*)"
    r"|(?P<mark>[(),:]))"
)
_FUNCTIONS: Final[dict[str, Callable[[str, str], bool]]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
_ENDS_WITH: Final = frozenset({"mail", "otherMails", "userPrincipalName", "proxyAddresses"})
_MOST_ORS, _DEEPEST = 15, 40
_WORDS: Final = {"true": True, "false": False, "null": None}


@dataclass(slots=True)
class Filter:
    """A parsed filter: the test, what it reads, and what it takes to be allowed."""

    test: Test
    names: set[str] = field(default_factory=set)
    is_advanced: bool = False
    floors: dict[str, str] = field(default_factory=dict)
    """Moments below which nothing can match, by property: lists sorted by it may stop there."""


def parse_filter(expression: str, entity: EntityType) -> Filter:
    """Raises GraphRefusal 400 for what does not parse, unknown properties, wrong types and unsupported operators."""
    return _Parser(expression, entity).parse()


class _Parser:
    """Recursive descent over the tokens; every method returns a test of an item."""

    def __init__(self, expression: str, entity: EntityType) -> None:
        self.expression, self.entity = expression, entity
        self.tokens = self._tokens()
        self.place = self.depth = self.ors = 0
        self.variables: list[str] = []
        self.found = Filter(lambda _: True)

    def parse(self) -> Filter:
        self.found.test = self._any_of(top=True)
        if self.place < len(self.tokens):
            self._bad()
        return self.found

    def _tokens(self) -> list[tuple[str, str]]:
        found, place = [], 0
        text = self.expression.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                self._bad()
            found.append((match.lastgroup, match.group(match.lastgroup)))
            place = match.end()
        return found

    def _any_of(self, *, top: bool = False) -> Test:
        self.depth += 1
        if self.depth > _DEEPEST:
            self._unsupported("The filter is nested too deeply.")
        floors = dict(self.found.floors)
        parts = [self._all_of(top=top)]
        while self._word("or"):
            self.ors += 1
            self.found.floors = floors
            parts.append(self._all_of(top=False))
        if self.ors >= _MOST_ORS:
            text = "Too many child clauses specified in search filter expression containing 'OR' operators: "
            self._unsupported(f"{text}{self.ors + 1}. Max allowed: {_MOST_ORS}.")
        self.depth -= 1
        return parts[0] if len(parts) == 1 else lambda item: any(part(item) for part in parts)

    def _all_of(self, *, top: bool) -> Test:
        parts = [self._unary(top=top)]
        while self._word("and"):
            parts.append(self._unary(top=top))
        return parts[0] if len(parts) == 1 else lambda item: all(part(item) for part in parts)

    def _unary(self, *, top: bool) -> Test:
        if self._word("not"):
            self.found.is_advanced = True
            inner = self._unary(top=False)
            return lambda item: not inner(item)
        if self._mark("("):
            inner = self._any_of()
            self._expect(")")
            return inner
        return self._predicate(top=top)

    def _predicate(self, *, top: bool) -> Test:
        name = self._take("word")
        if name.lower() in _FUNCTIONS and self._mark("("):
            return self._function(name.lower())
        if name.endswith("/any") and self._mark("("):
            return self._lambda(name.removesuffix("/any"))
        counted = name.endswith("/$count")
        read, kind = self._property(name.removesuffix("/$count"))
        if counted:
            self.found.is_advanced = True
            many, kind = read, Edm.NUMBER
            read = lambda item: len(many(item) or ())  # noqa: E731 - the reader of a count is a reader too
        operator = self._take("word").lower()
        if operator == "in":
            return self._membership(read, kind)
        if operator not in COMPARISONS:
            self._bad()
        self.found.is_advanced |= operator == "ne"
        return self._compared(name, read, kind, operator, top=top)

    def _compared(self, name: str, read: Read, kind: Edm, operator: str, *, top: bool) -> Test:
        literal = self._literal()
        if top and not self.variables and operator in ("ge", "gt", "eq") and kind is Edm.MOMENT:
            self.found.floors[name] = moment_text(str(literal)) or ""
        test = comparison(operator, kind, literal)
        return lambda item: test(read(item))

    def _function(self, function: str) -> Test:
        name = self._take("word")
        read, kind = self._property(name)
        self._expect(",")
        literal = self._literal()
        self._expect(")")
        if function == "endswith":
            self.found.is_advanced = True
        limited = self.entity.is_directory_object and not self.variables
        if (limited and function == "contains") or (limited and function == "endswith" and name not in _ENDS_WITH):
            self._unsupported("Unsupported Query.")
        if kind not in (Edm.TEXT, Edm.ANY) or not isinstance(literal, str):
            self._bad()
        self._optional_truth()
        test, wanted = _FUNCTIONS[function], literal.lower()
        return lambda item: test(str(read(item) or "").lower(), wanted)

    def _optional_truth(self) -> None:
        """`startswith(a,'b') eq true` is the same as without."""
        if self._word("eq") and self._literal() is not True:
            self._bad()

    def _lambda(self, name: str) -> Test:
        read, kind = self._property(name)
        if kind not in (Edm.LIST, Edm.ANY):
            self._bad()
        self.variables.append(self._take("word"))
        self._expect(":")
        inner = self._any_of()
        self._expect(")")
        self.variables.pop()
        return lambda item: any(inner(part) for part in read(item) or ())

    def _membership(self, read: Read, kind: Edm) -> Test:
        self._expect("(")
        tests = [comparison("eq", kind, self._literal())]
        while self._mark(","):
            tests.append(comparison("eq", kind, self._literal()))
        self._expect(")")
        if len(tests) > _MOST_ORS:
            self._unsupported(f"Too many child clauses in 'in': {len(tests)}. Max allowed: {_MOST_ORS}.")
        return lambda item: any(test(read(item)) for test in tests)

    def _property(self, path: str) -> tuple[Read, Edm]:
        names = path.split("/")
        if self.variables:
            if names[0] != self.variables[-1]:
                self._bad()
            return _reader(names[1:]), Edm.ANY
        if names[0] not in self.entity.properties:
            text = f"Could not find a property named '{names[0]}' on type 'microsoft.graph.{self.entity.name}'."
            raise GraphRefusal(400, "Request_BadRequest", text)
        self.found.names.add(names[0])
        return _reader(names), self.entity.properties[names[0]] if len(names) == 1 else Edm.ANY

    def _literal(self) -> Any:
        kind, value = self._next()
        if kind == "text":
            return value[1:-1].replace("''", "'")
        if kind == "number":
            return float(value) if "." in value else int(value)
        if kind in ("moment", "guid"):
            return value
        if kind == "word" and value.lower() in _WORDS:
            return _WORDS[value.lower()]
        return self._bad()

    def _next(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            self._bad()
        self.place += 1
        return self.tokens[self.place - 1]

    def _word(self, word: str) -> bool:
        return self._is("word", word)

    def _mark(self, mark: str) -> bool:
        return self._is("mark", mark)

    def _is(self, kind: str, value: str) -> bool:
        here = self.tokens[self.place] if self.place < len(self.tokens) else ("", "")
        if here[0] != kind or here[1].lower() != value:
            return False
        self.place += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._mark(mark):
            self._bad()

    def _take(self, kind: str) -> str:
        found, value = self._next()
        if found != kind:
            self._bad()
        return value

    def _bad(self) -> NoReturn:
        raise GraphRefusal(400, "Request_BadRequest", f"Invalid filter clause: {self.expression[:200]}")

    def _unsupported(self, message: str) -> NoReturn:
        raise GraphRefusal(400, "Request_UnsupportedQuery", message)


def _reader(names: list[str]) -> Read:
    """Reads a path of properties; no names read the thing itself."""
    if not names:
        return lambda item: item
    first, rest = names[0], names[1:]
    if not rest:
        return lambda item: item.get(first) if isinstance(item, dict) else None

    def read(item: Item) -> Any:
        value: Any = item
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return read
