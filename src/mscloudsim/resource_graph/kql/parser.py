"""Tokens to a query: a table and its tabular operators."""

from collections.abc import Callable

from mscloudsim.resource_graph.kql import syntax
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.expression_parser import ExpressionParser

JOIN_KINDS = {"innerunique", "inner", "leftouter"}
KUSTO_ONLY = {
    "as", "consume", "evaluate", "externaldata", "facet", "find", "fork", "getschema", "invoke", "lookup",
    "make-series", "mv-apply", "parse", "parse-where", "partition", "print", "range", "reduce", "render", "sample",
    "sample-distinct", "scan", "search", "serialize", "top-hitters", "top-nested",
}  # fmt: skip
MV_EXPAND_ROWS, MV_EXPAND_LIMIT = 128, 400
MOST_ROWS = 2**31 - 1
MAX_JOINS, MAX_MV_EXPANDS, MAX_UNION_LEGS = 3, 3, 3


def parse(query: str) -> syntax.Query:
    """Reads a whole query; raises InvalidQuery naming the part outside the language or above its limits."""
    parser = QueryParser(query)
    parsed = parser.query_until_end()
    parser.check_limits()
    return parsed


class QueryParser(ExpressionParser):
    def __init__(self, query: str) -> None:
        super().__init__(query)
        self.joins = self.mv_expands = self.union_legs = 0
        self._readers: dict[str, Callable[[], tuple[syntax.Operator, ...]]] = {
            "where": self._where, "filter": self._where, "project": self._project, "extend": self._extend,
            "project-away": self._select, "project-keep": self._select, "project-reorder": self._select,
            "project-rename": self._rename, "summarize": self._summarize, "distinct": self._distinct,
            "order": self._sort, "sort": self._sort, "top": self._top, "take": self._take, "limit": self._take,
            "count": self._count, "join": self._join, "mv-expand": self._mv_expand, "mvexpand": self._mv_expand,
            "union": self._union,
        }  # fmt: skip

    def query_until_end(self) -> syntax.Query:
        query = self._query()
        self.accept(";")
        if self.token.kind != "end":
            raise self.unexpected("<EOF>")
        return query

    def check_limits(self) -> None:
        for name, used, allowed in (
            ("join", self.joins, MAX_JOINS),
            ("mv-expand", self.mv_expands, MAX_MV_EXPANDS),
            ("union", self.union_legs, MAX_UNION_LEGS),
        ):
            if used > allowed:
                raise InvalidQuery(
                    "InvalidQuery", f"Query contains {used} {name} operators, the maximum allowed is {allowed}."
                )

    def _query(self) -> syntax.Query:
        # The oldest queries start with an operator and mean the table of resources.
        table = "resources" if self.token.text in self._readers else self.word()
        operators: list[syntax.Operator] = []
        if self.token.text in self._readers:
            operators += self._operator()
        while self.accept("|"):
            operators += self._operator()
        return syntax.Query(table.lower(), tuple(operators))

    def _operator(self) -> tuple[syntax.Operator, ...]:
        reader = self._readers.get(self.token.text)
        if reader is not None:
            return reader()
        if self.token.text in KUSTO_ONLY:
            raise InvalidQuery.unsupported_operator(self.token.text)
        raise self.unexpected()

    def _named(self) -> syntax.Named:
        first = self.expression()
        if isinstance(first, syntax.Name) and self.accept("="):
            return syntax.Named(first.name, self.expression())
        return syntax.Named(None, first)

    def _where(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        return (syntax.Where(self.expression()),)

    def _project(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        return (syntax.Project(self.list_of(self._named)),)

    def _extend(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        return (syntax.Extend(self.list_of(self._named)),)

    def _select(self) -> tuple[syntax.Operator, ...]:
        operator = self.advance().text
        return (syntax.Select(operator, self.list_of(self._pattern)),)

    def _pattern(self) -> str:
        before = "*" if self.accept("*") else ""
        name = self.column() if self.token.kind == "word" or self.at("[") else ""
        if not before + name:
            raise self.unexpected("identifier")
        return before + name + ("*" if name and self.accept("*") else "")

    def _rename(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        return (syntax.Rename(self.list_of(self._renamed)),)

    def _renamed(self) -> tuple[str, str]:
        new = self.column()
        self.expect("=")
        return new, self.column()

    def _summarize(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        aggregates = () if self.at("by") else self.list_of(self._named)
        by = self.list_of(self._named) if self.accept("by") else ()
        return (syntax.Summarize(aggregates, by),)

    def _distinct(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        return (syntax.Distinct(() if self.accept("*") else self.list_of(self._named)),)

    def _sort(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        self.expect("by")
        return (syntax.Sort(self.list_of(self._sort_key)),)

    def _sort_key(self) -> syntax.SortKey:
        expression = self.expression()
        descending = not self.accept("asc")
        if descending:
            self.accept("desc")
        nulls_first = not descending
        if self.accept("nulls"):
            nulls_first = self.word() == "first"
        return syntax.SortKey(expression, descending, nulls_first)

    def _top(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        rows = self._rows()
        self.expect("by")
        return syntax.Sort(self.list_of(self._sort_key)), syntax.Take(rows)

    def _take(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        return (syntax.Take(self._rows()),)

    def _rows(self) -> int:
        if not isinstance(self.token.value, int):
            raise self.unexpected("integer")
        return min(int(self.advance().value), MOST_ROWS)

    def _count(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        return (syntax.Count(),)

    def _subquery(self) -> syntax.Query:
        self.expect("(")
        query = self._query()
        self.expect(")")
        return query

    def _join(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        self.joins += 1
        kind = "innerunique"
        if self.accept("kind"):
            self.expect("=")
            if self.token.text not in JOIN_KINDS:
                raise self.unexpected(" or ".join(sorted(JOIN_KINDS)))
            kind = self.word()
        right = self._subquery() if self.at("(") else syntax.Query(self.word().lower(), ())
        self.expect("on")
        keys = [self._join_key()]
        while self.accept(",", "and"):
            keys.append(self._join_key())
        return (syntax.Join(kind, right, tuple(keys)),)

    def _join_key(self) -> tuple[str, str]:
        if not self.at("$left", "$right"):
            name = self.column()
            return name, name
        first = self._side_column()
        self.expect("==")
        sides = dict((first, self._side_column()))
        if sides.keys() != {"$left", "$right"}:
            raise self.unexpected("$left.column == $right.column")
        return sides["$left"], sides["$right"]

    def _side_column(self) -> tuple[str, str]:
        side = self.word()
        self.expect(".")
        return side, self.column()

    def _mv_expand(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        self.mv_expands += 1
        column = self._named()
        cast = None
        if self.accept("to"):
            self.expect("typeof")
            self.expect("(")
            cast = self.word()
            self.expect(")")
        limit = min(self._rows(), MV_EXPAND_LIMIT) if self.accept("limit") else MV_EXPAND_ROWS
        return (syntax.MvExpand(column, cast, limit),)

    def _union(self) -> tuple[syntax.Operator, ...]:
        self.advance()
        legs = self.list_of(self._leg)
        self.union_legs += len(legs)
        return (syntax.Union(legs),)

    def _leg(self) -> syntax.Query:
        return self._subquery() if self.at("(") else syntax.Query(self.word().lower(), ())
