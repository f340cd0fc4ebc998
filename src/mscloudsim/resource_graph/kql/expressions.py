"""Expressions to functions of a row, with every column and function name resolved beforehand."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mscloudsim.resource_graph.kql import syntax
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.functions import CONVERSIONS, FUNCTIONS
from mscloudsim.resource_graph.kql.values import arithmetic, equals, less, text

Row = Mapping[str, Any]
Evaluator = Callable[[Row], Any]
#: Column name to its type: string, integer, number, boolean, datetime or object (Kusto's dynamic).
Schema = dict[str, str]

LITERAL_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", datetime: "datetime"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An evaluator and the type of what it gives."""

    evaluate: Evaluator
    type: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may refer to: the columns before it, the operator it stands in (for messages), the time."""

    schema: Schema
    operator: str
    now: Callable[[], datetime]

    def compile(self, expression: syntax.Expression) -> Compiled:
        """Resolves an expression; raises InvalidQuery for an unknown column or function."""
        compiled: Compiled
        match expression:
            case syntax.Literal(value):
                compiled = Compiled(lambda _row: value, LITERAL_TYPES.get(type(value), "object"))
            case syntax.Name(name):
                compiled = self._column(name)
            case syntax.Member(target, key):
                compiled = _member(self.compile(target).evaluate, key)
            case syntax.Index(target, position):
                compiled = _index(self.compile(target).evaluate, self.compile(position).evaluate)
            case syntax.Call(function, arguments):
                compiled = self._call(function, arguments)
            case syntax.Binary(operator, left, right):
                compiled = self._binary(operator, left, right)
            case syntax.Membership(operator, left, choices):
                compiled = self._membership(operator, left, choices)
            case syntax.Between(value, low, high, negated):
                compiled = self._between(value, low, high, negated=negated)
        return compiled

    def _column(self, name: str) -> Compiled:
        if name not in self.schema:
            raise InvalidQuery.unknown_column(name, self.operator)
        return Compiled(lambda row: row[name], self.schema[name])

    def _call(self, function: str, arguments: tuple[syntax.Expression, ...]) -> Compiled:
        if function == "pack_all":
            names = list(self.schema)
            return Compiled(lambda row: {name: row[name] for name in names}, "object")
        if function == "now":
            return Compiled(lambda _row: self.now(), "datetime")
        compiled = [self.compile(argument) for argument in arguments]
        if function == "ago":
            return Compiled(_apply("ago", self._ago, [argument.evaluate for argument in compiled]), "datetime")
        if function not in FUNCTIONS:
            raise InvalidQuery.unknown_function(function)
        implementation, result = FUNCTIONS[function]
        kind = {"first": compiled[0].type, "last": compiled[-1].type}.get(result, result) if compiled else result
        return Compiled(_apply(function, implementation, [argument.evaluate for argument in compiled]), kind)

    def _ago(self, span: timedelta) -> datetime:
        return self.now() - span

    def _binary(self, operator: str, left: syntax.Expression, right: syntax.Expression) -> Compiled:
        first, second = self.compile(left), self.compile(right)
        if operator in "+-*/%":
            kind = "datetime" if "datetime" in {first.type, second.type} else first.type
            return Compiled(_both(lambda a, b: arithmetic(operator, a, b), first, second), kind)
        return Compiled(self._condition(operator, first, second), "boolean")

    def _condition(self, operator: str, first: Compiled, second: Compiled) -> Evaluator:
        left, right = first.evaluate, second.evaluate
        if operator == "and":
            return lambda row: bool(left(row)) and bool(right(row))
        if operator == "or":
            return lambda row: bool(left(row)) or bool(right(row))
        if operator in COMPARISONS:
            return _both(COMPARISONS[operator], first, second)
        return _text_condition(operator, first, second)

    def _membership(self, operator: str, left: syntax.Expression, choices: tuple[syntax.Expression, ...]) -> Compiled:
        value = self.compile(left).evaluate
        options = [self.compile(choice).evaluate for choice in choices]
        if operator in {"has_any", "has_all"}:
            found = any if operator == "has_any" else all
            return Compiled(lambda row: found(has(value(row), option(row)) for option in options), "boolean")
        same = COMPARISONS["=~"] if operator.endswith("~") else equals
        wanted = not operator.startswith("!")
        return Compiled(
            lambda row: any(same(value(row), option) for option in _spread(options, row)) is wanted, "boolean"
        )

    def _between(
        self, value: syntax.Expression, low: syntax.Expression, high: syntax.Expression, *, negated: bool
    ) -> Compiled:
        middle, bottom, top = (self.compile(part).evaluate for part in (value, low, high))

        def inside(row: Row) -> bool:
            found, start, end = middle(row), bottom(row), top(row)
            end = start + end if isinstance(end, timedelta) and isinstance(start, datetime) else end
            return not_less(found, start) and not_less(end, found)

        return Compiled(lambda row: inside(row) is not negated, "boolean")


def default_name(expression: syntax.Expression) -> str | None:
    """The column name the service derives: `sku.name` fills `sku_name`, `tostring(tags)` fills `tags`."""
    match expression:
        case syntax.Name(name):
            return name
        case syntax.Member(target, key):
            prefix = default_name(target)
            return f"{prefix}_{key}" if prefix else None
        case syntax.Call(function, (argument, *_)) if function in CONVERSIONS:
            return default_name(argument)
        case _:
            return None


def _member(target: Evaluator, key: str) -> Compiled:
    def read(row: Row) -> Any:
        value = target(row)
        return value.get(key) if isinstance(value, dict) else None

    return Compiled(read, "object")


def _index(target: Evaluator, position: Evaluator) -> Compiled:
    def read(row: Row) -> Any:
        value, at = target(row), position(row)
        if isinstance(value, list) and isinstance(at, int) and -len(value) <= at < len(value):
            return value[at]
        return value.get(text(at)) if isinstance(value, dict) else None

    return Compiled(read, "object")


def _apply(name: str, function: Callable[..., Any], arguments: list[Evaluator]) -> Evaluator:
    def call(row: Row) -> Any:
        try:
            return function(*(argument(row) for argument in arguments))
        except (ArithmeticError, TypeError, ValueError, LookupError, re.error) as problem:
            raise InvalidQuery("InvalidQuery", f"{name}(): {problem}") from problem

    return call


def _both(function: Callable[[Any, Any], Any], first: Compiled, second: Compiled) -> Evaluator:
    left, right = first.evaluate, second.evaluate
    return lambda row: function(left(row), right(row))


def _spread(options: list[Evaluator], row: Row) -> list[Any]:
    """`in (dynamic([...]))` means the members of the list."""
    values = [option(row) for option in options]
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error as problem:
        raise InvalidQuery("InvalidQuery", f"'matches regex': {problem}") from problem


def not_less(left: Any, right: Any) -> bool:
    return equals(left, right) or less(right, left)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equals,
    "!=": lambda left, right: not equals(left, right),
    "=~": lambda left, right: text(left).lower() == text(right).lower(),
    "!~": lambda left, right: text(left).lower() != text(right).lower(),
    "<": less,
    "<=": lambda left, right: not_less(right, left),
    ">": lambda left, right: less(right, left),
    ">=": not_less,
    "matches regex": lambda left, right: _matches(text(right), text(left)),
}


def has(value: Any, term: Any) -> bool:
    """Whole-term search without regard to case; a term ends where letters and digits end."""
    return _has(text(value).lower(), text(term).lower())


def _has(value: str, term: str) -> bool:
    start = value.find(term)
    while start >= 0:
        before, after = value[start - 1 : start], value[start + len(term) : start + len(term) + 1]
        if not (before.isalnum() and term[:1].isalnum()) and not (after.isalnum() and term[-1:].isalnum()):
            return True
        start = value.find(term, start + 1)
    return False


TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "has": _has,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def _text_condition(operator: str, first: Compiled, second: Compiled) -> Evaluator:
    word = operator.removeprefix("!")
    cased = word.endswith("_cs")
    test, wanted = TEXT_TESTS[word.removesuffix("_cs")], not operator.startswith("!")
    left, right = first.evaluate, second.evaluate

    def condition(row: Row) -> bool:
        value, part = text(left(row)), text(right(row))
        return test(value, part) is wanted if cased else test(value.lower(), part.lower()) is wanted

    return condition
