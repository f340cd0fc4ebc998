"""The aggregate functions of `summarize`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mscloudsim.resource_graph.kql import syntax
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.expressions import Compiled, Row, Schema, Scope, default_name
from mscloudsim.resource_graph.kql.values import key_of, less, to_number

Fold = Callable[[list[Row]], Any]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One output column of `summarize`, computed from the rows of a group."""

    name: str
    type: str
    fold: Fold


def compile_aggregates(named: syntax.Named, scope: Scope) -> list[Aggregate]:
    """The columns one aggregate gives: one, or several for `arg_max(x, *)`."""
    call = named.expression
    if not isinstance(call, syntax.Call) or call.function not in NAMES:
        raise InvalidQuery("InvalidQuery", "'summarize' operator: an aggregate function is expected")
    if call.function in {"arg_max", "arg_min"}:
        return _arg_extreme(named.name, call, scope)
    arguments = [scope.compile(argument) for argument in call.arguments]
    name = named.name or _derived_name(call)
    return [Aggregate(name, _type(call.function, arguments), FOLDS[call.function](arguments))]


def _derived_name(call: syntax.Call) -> str:
    column = default_name(call.arguments[0]) if call.arguments else None
    return f"{PREFIXES.get(call.function, call.function)}_{column or ''}"


PREFIXES = {"make_list": "list", "make_set": "set", "any": "any", "take_any": "any"}


def _type(function: str, arguments: list[Compiled]) -> str:
    if function in {"count", "countif", "dcount", "dcountif"}:
        return "integer"
    if function in {"make_list", "make_set"}:
        return "object"
    if function == "avg":
        return "number"
    first = arguments[0].type
    return "number" if function in {"sum", "sumif"} and first == "object" else first


def _numbers(rows: list[Row], value: Compiled) -> list[int | float]:
    return [number for row in rows if (number := to_number(value.evaluate(row))) is not None]


def _present(rows: list[Row], value: Compiled) -> list[Any]:
    return [found for row in rows if (found := value.evaluate(row)) is not None]


def _distinct(values: list[Any]) -> list[Any]:
    return list({key_of(value): value for value in values}.values())


def _matching(rows: list[Row], condition: Compiled) -> list[Row]:
    return [row for row in rows if condition.evaluate(row)]


def _average(numbers: list[int | float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _extreme(values: list[Any], better: Callable[[Any, Any], bool]) -> Any:
    best = None
    for value in values:
        best = value if best is None or better(value, best) else best
    return best


def _greater(left: Any, right: Any) -> bool:
    return less(right, left)


FOLDS: dict[str, Callable[[list[Compiled]], Fold]] = {
    "count": lambda _: len,
    "countif": lambda a: lambda rows: len(_matching(rows, a[0])),
    "sum": lambda a: lambda rows: sum(_numbers(rows, a[0])),
    "sumif": lambda a: lambda rows: sum(_numbers(_matching(rows, a[1]), a[0])),
    "avg": lambda a: lambda rows: _average(_numbers(rows, a[0])),
    "min": lambda a: lambda rows: _extreme(_present(rows, a[0]), less),
    "max": lambda a: lambda rows: _extreme(_present(rows, a[0]), _greater),
    "dcount": lambda a: lambda rows: len(_distinct(_present(rows, a[0]))),
    "dcountif": lambda a: lambda rows: len(_distinct(_present(_matching(rows, a[1]), a[0]))),
    "make_list": lambda a: lambda rows: _present(rows, a[0]),
    "make_set": lambda a: lambda rows: _distinct(_present(rows, a[0])),
    "any": lambda a: lambda rows: next(iter(_present(rows, a[0])), None),
    "take_any": lambda a: lambda rows: next(iter(_present(rows, a[0])), None),
}
NAMES = FOLDS.keys() | {"arg_max", "arg_min"}


def _arg_extreme(name: str | None, call: syntax.Call, scope: Scope) -> list[Aggregate]:
    """The row in which the first argument is largest (or smallest), as columns; further arguments name them."""
    measure = scope.compile(call.arguments[0])
    better = _greater if call.function == "arg_max" else less

    def best(rows: list[Row]) -> Row | None:
        present = [row for row in rows if measure.evaluate(row) is not None]
        best_row: Row | None = _extreme(present, lambda a, b: better(measure.evaluate(a), measure.evaluate(b)))
        return best_row

    first = name or default_name(call.arguments[0]) or call.function
    columns: dict[str, Compiled] = {first: measure}
    for argument in call.arguments[1:]:
        columns |= _carried(argument, scope)
    return [Aggregate(column, value.type, _at(best, value)) for column, value in columns.items()]


def _carried(argument: syntax.Expression, scope: Scope) -> dict[str, Compiled]:
    if argument == syntax.Name("*"):
        schema: Schema = scope.schema
        return {column: scope.compile(syntax.Name(column)) for column in schema}
    return {default_name(argument) or "Column1": scope.compile(argument)}


def _at(best: Callable[[list[Row]], Row | None], value: Compiled) -> Fold:
    def fold(rows: list[Row]) -> Any:
        row = best(rows)
        return None if row is None else value.evaluate(row)

    return fold
