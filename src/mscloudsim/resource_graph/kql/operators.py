"""Tabular operators to functions over rows."""

import fnmatch
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mscloudsim.resource_graph.kql import syntax
from mscloudsim.resource_graph.kql.aggregates import Aggregate, compile_aggregates
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.expressions import Compiled, Row, Schema, Scope, default_name
from mscloudsim.resource_graph.kql.functions import CONVERSIONS
from mscloudsim.resource_graph.kql.values import key_of, sort_key

Rows = Iterable[Row]
#: What an operator does: rows in, rows out. Those without memory of earlier rows may be applied block by block.
Stage = Callable[[Rows], Iterator[Row]]
CASTS = {
    "string": "tostring",
    "int": "toint",
    "long": "tolong",
    "double": "todouble",
    "real": "toreal",
    "bool": "tobool",
}


def named_columns(columns: tuple[syntax.Named, ...], scope: Scope) -> dict[str, Compiled]:
    """Each column's name, derived where the query gives none, and its evaluator."""
    compiled: dict[str, Compiled] = {}
    for column in columns:
        name = column.name or default_name(column.expression) or f"Column{len(compiled) + 1}"
        compiled[name] = scope.compile(column.expression)
    return compiled


def types(columns: dict[str, Compiled]) -> Schema:
    return {name: column.type for name, column in columns.items()}


def _plain(columns: dict[str, Compiled], operator: str) -> dict[str, Compiled]:
    for name, column in columns.items():
        if column.type == "object":
            raise InvalidQuery.dynamic_key(operator, name)
    return columns


def _values(columns: dict[str, Compiled]) -> Callable[[Row], dict[str, Any]]:
    evaluators = [(name, column.evaluate) for name, column in columns.items()]
    return lambda row: {name: evaluate(row) for name, evaluate in evaluators}


def extended(row: Row, values: dict[str, Any]) -> Row:
    """The row with further columns; rows made on demand stay unmade."""
    copy: dict[str, Any] = row.copy() if isinstance(row, dict) else dict(row)
    copy.update(values)
    return copy


def where(operator: syntax.Where, scope: Scope) -> tuple[Stage, Schema]:
    condition = scope.compile(operator.condition).evaluate
    return lambda rows: (row for row in rows if condition(row)), scope.schema


def project(operator: syntax.Project, scope: Scope) -> tuple[Stage, Schema]:
    columns = named_columns(operator.columns, scope)
    return lambda rows: map(_values(columns), rows), types(columns)


def extend(operator: syntax.Extend, scope: Scope) -> tuple[Stage, Schema]:
    columns = named_columns(operator.columns, scope)
    values = _values(columns)
    return lambda rows: (extended(row, values(row)) for row in rows), scope.schema | types(columns)


def select(operator: syntax.Select, scope: Scope) -> tuple[Stage, Schema]:
    matched = [n for pattern in operator.patterns for n in scope.schema if fnmatch.fnmatchcase(n, pattern)]
    rest = [name for name in scope.schema if name not in matched]
    names = {"project-away": rest, "project-keep": sorted(set(matched), key=list(scope.schema).index)}.get(
        operator.operator, matched + rest
    )
    return _renaming({name: name for name in names}), {name: scope.schema[name] for name in names}


def rename(operator: syntax.Rename, scope: Scope) -> tuple[Stage, Schema]:
    new_names = {old: new for new, old in operator.columns}
    for old in new_names:
        scope.compile(syntax.Name(old))
    names = {new_names.get(old, old): old for old in scope.schema}
    return _renaming(names), {new: scope.schema[old] for new, old in names.items()}


def _renaming(names: dict[str, str]) -> Stage:
    return lambda rows: ({new: row[old] for new, old in names.items()} for row in rows)


def mv_expand(operator: syntax.MvExpand, scope: Scope) -> tuple[Stage, Schema]:
    ((name, column),) = named_columns((operator.column,), scope).items()
    if operator.cast is not None and operator.cast not in CASTS:
        raise InvalidQuery("InvalidQuery", f"'mv-expand' operator: typeof({operator.cast}) is not supported")
    cast, kind = CONVERSIONS[CASTS[operator.cast]] if operator.cast else (_uncast, "object")

    def expand(rows: Rows) -> Iterator[Row]:
        for row in rows:
            for value in itertools.islice(_members(column.evaluate(row)), operator.limit):
                yield extended(row, {name: cast(value)})

    return expand, scope.schema | {name: kind}


def _uncast(value: Any) -> Any:
    return value


def _members(value: Any) -> Iterable[Any]:
    """An empty or absent collection still gives one row, with null."""
    if isinstance(value, dict):
        return [{key: member} for key, member in value.items()] or [None]
    if isinstance(value, list):
        return value or [None]
    return [value]


def summarize(operator: syntax.Summarize, scope: Scope) -> tuple[Stage, Schema]:
    keys = _plain(named_columns(operator.by, scope), "summarize")
    aggregates = [aggregate for named in operator.aggregates for aggregate in compile_aggregates(named, scope)]
    schema = types(keys) | {aggregate.name: aggregate.type for aggregate in aggregates}
    return lambda rows: _grouped(rows, keys, aggregates), schema


def _grouped(rows: Rows, keys: dict[str, Compiled], aggregates: list[Aggregate]) -> Iterator[Row]:
    """One row per key, in the order of the keys' first rows; without keys one row, even of nothing."""
    folds = [aggregate.fold for aggregate in aggregates]
    evaluators = [column.evaluate for column in keys.values()]
    groups: dict[tuple[Any, ...], list[Any]] = {} if keys else {(): [fold.start() for fold in folds]}
    for row in rows:
        key = tuple([evaluate(row) for evaluate in evaluators])
        if (states := groups.get(key)) is None:
            states = groups[key] = [fold.start() for fold in folds]
        for number, fold in enumerate(folds):
            states[number] = fold.step(states[number], row)
    names = [*keys, *(aggregate.name for aggregate in aggregates)]
    for key, states in groups.items():
        finished = [fold.finish(state) for fold, state in zip(folds, states, strict=True)]
        yield dict(zip(names, [*key, *finished], strict=True))


def distinct(operator: syntax.Distinct, scope: Scope) -> tuple[Stage, Schema]:
    columns = operator.columns or tuple(syntax.Named(None, syntax.Name(name)) for name in scope.schema)
    keys = _plain(named_columns(columns, scope), "distinct")
    values = _values(keys)
    return lambda rows: _first_of_each(map(values, rows), lambda row: tuple(row.values())), types(keys)


def sort(operator: syntax.Sort, scope: Scope) -> tuple[Stage, Schema]:
    keys = [(scope.compile(key.expression), key) for key in operator.keys]
    for compiled, key in keys:
        if compiled.type == "object":
            raise InvalidQuery.dynamic_key("order", default_name(key.expression) or "expression")

    def ordered(rows: Rows) -> Iterator[Row]:
        result = list(rows)
        for compiled, key in reversed(keys):
            result.sort(key=_sort_value(compiled, key), reverse=key.descending)
        return iter(result)

    return ordered, scope.schema


def _sort_value(compiled: Compiled, key: syntax.SortKey) -> Callable[[Row], tuple[bool, tuple[int, Any]]]:
    last = key.nulls_first is key.descending

    def value_of(row: Row) -> tuple[bool, tuple[int, Any]]:
        value = compiled.evaluate(row)
        return (value is None) is last, sort_key(value)

    return value_of


def take(operator: syntax.Take, scope: Scope) -> tuple[Stage, Schema]:
    return lambda rows: itertools.islice(rows, operator.rows), scope.schema


def count(_operator: syntax.Count, _scope: Scope) -> tuple[Stage, Schema]:
    return lambda rows: iter([{"Count": sum(1 for _ in rows)}]), {"Count": "integer"}


def join(operator: syntax.Join, scope: Scope, right: Callable[[], Rows], other: Schema) -> tuple[Stage, Schema]:
    left_key = _join_key([pair[0] for pair in operator.keys], scope)
    right_key = _join_key([pair[1] for pair in operator.keys], Scope(other, "join", scope.now))
    names = {name: f"{name}1" if name in scope.schema else name for name in other}

    def joined(rows: Rows) -> Iterator[Row]:
        index: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for row in right():
            index[right_key(row)].append({new: row[old] for old, new in names.items()})
        unmatched = [dict.fromkeys(names.values())] if operator.kind == "leftouter" else []
        for row in _first_of_each(rows, left_key) if operator.kind == "innerunique" else rows:
            for match in index.get(left_key(row), unmatched):
                yield extended(row, match)

    return joined, scope.schema | {names[name]: kind for name, kind in other.items()}


def _join_key(columns: list[str], scope: Scope) -> Callable[[Row], tuple[Any, ...]]:
    compiled = _plain({name: scope.compile(syntax.Name(name)) for name in columns}, "join")
    return lambda row: tuple(key_of(column.evaluate(row)) for column in compiled.values())


def _first_of_each(rows: Rows, key: Callable[[Row], Any]) -> Iterator[Row]:
    seen: set[Any] = set()
    for row in rows:
        found = key(row)
        if found not in seen:
            seen.add(found)
            yield row
