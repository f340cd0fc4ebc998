"""The aggregate functions of `summarize`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mscloudsim.resource_graph.kql import syntax
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.expressions import Compiled, Row, Schema, Scope, default_name
from mscloudsim.resource_graph.kql.values import key_of, less, to_number


@dataclass(frozen=True, slots=True)
class Fold:
    """Goes over the rows of a group one by one and keeps no more of them than the answer needs."""

    start: Callable[[], Any]
    step: Callable[[Any, Row], Any]
    finish: Callable[[Any], Any] = lambda state: state


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
    least, most = ARGUMENTS.get(call.function, (1, 1))
    if not least <= len(call.arguments) <= most:
        raise InvalidQuery("InvalidQuery", f"{call.function}(): function expects {least} argument(s)")
    if call.function in {"arg_max", "arg_min"}:
        return _arg_extreme(named.name, call, scope)
    arguments = [scope.compile(argument) for argument in call.arguments]
    name = named.name or _derived_name(call)
    return [Aggregate(name, _type(call.function, arguments), FOLDS[call.function](*arguments))]


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


def _greater(left: Any, right: Any) -> bool:
    return less(right, left)


def _count(when: Compiled | None = None) -> Fold:
    return Fold(lambda: 0, lambda n, row: n + (when is None or bool(when.evaluate(row))))


def _sum(value: Compiled, when: Compiled | None = None) -> Fold:
    def step(total: float, row: Row) -> float:
        counts = when is None or when.evaluate(row)
        return total + (to_number(value.evaluate(row)) or 0) if counts else total

    return Fold(lambda: 0, step)


def _average(value: Compiled) -> Fold:
    def step(state: tuple[float, int], row: Row) -> tuple[float, int]:
        number = to_number(value.evaluate(row))
        return state if number is None else (state[0] + number, state[1] + 1)

    return Fold(lambda: (0, 0), step, lambda state: state[0] / state[1] if state[1] else None)


def _extreme(value: Compiled, better: Callable[[Any, Any], bool]) -> Fold:
    def step(best: Any, row: Row) -> Any:
        found = value.evaluate(row)
        return found if best is None or (found is not None and better(found, best)) else best

    return Fold(lambda: None, step)


def _distinct(value: Compiled, finish: Callable[[dict[Any, Any]], Any], when: Compiled | None = None) -> Fold:
    def step(known: dict[Any, Any], row: Row) -> dict[Any, Any]:
        found = value.evaluate(row) if when is None or when.evaluate(row) else None
        if found is not None:
            known.setdefault(key_of(found), found)
        return known

    return Fold(dict, step, finish)


def _listed(value: Compiled) -> Fold:
    def step(values: list[Any], row: Row) -> list[Any]:
        if (found := value.evaluate(row)) is not None:
            values.append(found)
        return values

    return Fold(list, step)


def _first(value: Compiled) -> Fold:
    return Fold(lambda: None, lambda kept, row: value.evaluate(row) if kept is None else kept)


def _members(known: dict[Any, Any]) -> list[Any]:
    return list(known.values())


FOLDS: dict[str, Callable[..., Fold]] = {
    "count": _count,
    "countif": _count,
    "sum": _sum,
    "sumif": _sum,
    "avg": _average,
    "min": lambda value: _extreme(value, less),
    "max": lambda value: _extreme(value, _greater),
    "dcount": lambda value, _accuracy=None: _distinct(value, len),
    "dcountif": lambda value, when, _accuracy=None: _distinct(value, len, when),
    "make_list": _listed,
    "make_set": lambda value: _distinct(value, _members),
    "any": _first,
    "take_any": _first,
}
ARGUMENTS: dict[str, tuple[int, int]] = {
    "count": (0, 0),
    "sumif": (2, 2),
    "dcount": (1, 2),
    "dcountif": (2, 3),
    "arg_max": (1, 64),
    "arg_min": (1, 64),
}
"""How many arguments at least and at most, where it is not one."""
NAMES = FOLDS.keys() | {"arg_max", "arg_min"}


def _arg_extreme(name: str | None, call: syntax.Call, scope: Scope) -> list[Aggregate]:
    """The row in which the first argument is largest (or smallest), as columns; further arguments name them."""
    measure = scope.compile(call.arguments[0])
    better = _greater if call.function == "arg_max" else less

    def step(kept: Row | None, row: Row) -> Row | None:
        value = measure.evaluate(row)
        best = None if kept is None else measure.evaluate(kept)
        return row if value is not None and (best is None or better(value, best)) else kept

    first = name or default_name(call.arguments[0]) or call.function
    columns: dict[str, Compiled] = {first: measure}
    for argument in call.arguments[1:]:
        columns |= _carried(argument, scope)
    return [Aggregate(column, value.type, _at(step, value)) for column, value in columns.items()]


def _carried(argument: syntax.Expression, scope: Scope) -> dict[str, Compiled]:
    if argument == syntax.Name("*"):
        schema: Schema = scope.schema
        return {column: scope.compile(syntax.Name(column)) for column in schema}
    return {default_name(argument) or "Column1": scope.compile(argument)}


def _at(step: Callable[[Row | None, Row], Row | None], value: Compiled) -> Fold:
    """The value in the row that the steps end at."""
    return Fold(lambda: None, step, lambda row: None if row is None else value.evaluate(row))
