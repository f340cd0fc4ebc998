"""A parsed query made ready to run over tables of rows."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from mscloudsim.resource_graph.kql import operators, syntax
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.expressions import Row, Schema, Scope
from mscloudsim.resource_graph.kql.operators import Rows, Stage
from mscloudsim.resource_graph.kql.parser import parse

OLDEST_FIRST_BY_ID = syntax.Sort((syntax.SortKey(syntax.Name("id"), descending=False, nulls_first=True),))


class Tables(Protocol):
    """Where rows come from. A table's rows come in blocks, in ascending order of `id`."""

    def blocks(self, table: str) -> Iterable[Rows]: ...


def run_stages(rows: Rows, stages: Iterable[Stage]) -> Iterator[Row]:
    for stage in stages:
        rows = stage(rows)
    return iter(rows)


@dataclass(slots=True)
class Plan:
    """What to do with the rows of one table.

    `memoryless` stages treat each row alone, so they can be run over any block of the table by itself;
    `whole` stages, applied afterwards, need every row before them.
    """

    table: str
    schema: Schema
    memoryless: list[Stage] = field(default_factory=list)
    whole: list[Callable[[Tables], Stage]] = field(default_factory=list)
    ordered_by_id: bool = True

    def block(self, rows: Rows) -> Iterator[Row]:
        return run_stages(rows, self.memoryless)

    def run(self, tables: Tables) -> Iterator[Row]:
        """Every row of the answer."""
        rows = self.block(itertools.chain.from_iterable(tables.blocks(self.table)))
        return run_stages(rows, [stage(tables) for stage in self.whole])


@dataclass(frozen=True, slots=True)
class Planner:
    """Compiles queries against the known tables' columns; raises InvalidQuery for what does not resolve."""

    schemas: Mapping[str, Schema]
    now: Callable[[], datetime]

    def plan(self, query: str) -> Plan:
        return self._plan(parse(query))

    def _plan(self, query: syntax.Query) -> Plan:
        if query.table not in self.schemas:
            raise InvalidQuery.unknown_table(query.table)
        plan = Plan(query.table, dict(self.schemas[query.table]))
        for operator in query.operators:
            self._append(plan, operator)
        return plan

    def _append(self, plan: Plan, operator: syntax.Operator) -> None:
        if operator == OLDEST_FIRST_BY_ID and plan.ordered_by_id and not plan.whole and "id" in plan.schema:
            return
        stage, plan.schema, memoryless = self._compile(plan, operator)
        plan.ordered_by_id &= memoryless and not _redefines_id(operator)
        if memoryless and not plan.whole:
            plan.memoryless.append(stage(_NO_TABLES))
        else:
            plan.whole.append(stage)

    def _compile(self, plan: Plan, operator: syntax.Operator) -> tuple[Callable[[Tables], Stage], Schema, bool]:
        if isinstance(operator, syntax.Join):
            return *self._join(plan, operator), False
        if isinstance(operator, syntax.Union):
            return *self._union(plan, operator), False
        name, compiler, memoryless = COMPILERS[type(operator)]
        stage, schema = compiler(operator, Scope(plan.schema, name, self.now))
        return lambda _tables: stage, schema, memoryless

    def _join(self, plan: Plan, operator: syntax.Join) -> tuple[Callable[[Tables], Stage], Schema]:
        right = self._plan(operator.right)
        scope = Scope(plan.schema, "join", self.now)
        _, schema = operators.join(operator, scope, list, right.schema)

        def stage(tables: Tables) -> Stage:
            return operators.join(operator, scope, lambda: right.run(tables), right.schema)[0]

        return stage, schema

    def _union(self, plan: Plan, operator: syntax.Union) -> tuple[Callable[[Tables], Stage], Schema]:
        legs = [self._plan(leg) for leg in operator.legs]
        schema = dict(plan.schema)
        for leg in legs:
            schema = leg.schema | schema

        def stage(tables: Tables) -> Stage:
            return lambda rows: _aligned(itertools.chain(rows, *(leg.run(tables) for leg in legs)), list(schema))

        return stage, schema


def _aligned(rows: Rows, columns: list[str]) -> Iterator[Row]:
    return ({name: row.get(name) for name in columns} for row in rows)


def _redefines_id(operator: syntax.Operator) -> bool:
    if isinstance(operator, syntax.Rename):
        return any("id" in pair for pair in operator.columns)
    if not isinstance(operator, syntax.Project | syntax.Extend):
        return False
    return any(column.name == "id" and column.expression != syntax.Name("id") for column in operator.columns)


class _NoTables:
    def blocks(self, table: str) -> Iterable[Rows]:
        raise LookupError(table)


_NO_TABLES = _NoTables()

#: Each operator's name in messages, its compiler, and whether it treats every row alone.
COMPILERS: dict[type, tuple[str, Callable[[Any, Scope], tuple[Stage, Schema]], bool]] = {
    syntax.Where: ("where", operators.where, True),
    syntax.Project: ("project", operators.project, True),
    syntax.Extend: ("extend", operators.extend, True),
    syntax.Select: ("project-away", operators.select, True),
    syntax.Rename: ("project-rename", operators.rename, True),
    syntax.MvExpand: ("mv-expand", operators.mv_expand, True),
    syntax.Summarize: ("summarize", operators.summarize, False),
    syntax.Distinct: ("distinct", operators.distinct, False),
    syntax.Sort: ("order", operators.sort, False),
    syntax.Take: ("limit", operators.take, False),
    syntax.Count: ("count", operators.count, False),
}
