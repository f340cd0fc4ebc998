"""Tokens to expressions, by precedence: or, and, comparison, sum, product, postfix, primary."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from mscloudsim.resource_graph.kql import syntax
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.lexer import Token, tokens
from mscloudsim.resource_graph.kql.values import to_datetime

EQUALITY = {"==", "!=", "=~", "!~"}
ORDER = {"<", "<=", ">", ">="}
TEXT_WORDS = {"contains", "has", "startswith", "endswith"}
TEXT = {f"{mark}{word}{case}" for mark in ("", "!") for word in TEXT_WORDS for case in ("", "_cs")}
MEMBERSHIP = {"in", "in~", "!in", "!in~", "has_any", "has_all"}
CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
NULL_LITERALS = {"int", "long", "real", "double", "bool", "datetime", "timespan", "dynamic", "guid"}

T = TypeVar("T")


class ExpressionParser:
    """A cursor over the query's tokens with the rules for scalar expressions."""

    def __init__(self, query: str) -> None:
        self.query = query
        self._tokens = list(tokens(query))
        self._next = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._next]

    def advance(self) -> Token:
        token = self.token
        self._next += 1
        return token

    def at(self, *texts: str) -> bool:
        return self.token.text in texts and self.token.kind not in {"string", "verbatim"}

    def accept(self, *texts: str) -> bool:
        if self.at(*texts):
            self._next += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.unexpected(text)

    def unexpected(self, expected: str | None = None) -> InvalidQuery:
        return InvalidQuery.at(self.query, self.token.offset, self.token.text, expected)

    def word(self) -> str:
        """The next token as a name."""
        if self.token.kind != "word":
            raise self.unexpected("identifier")
        return self.advance().text

    def column(self) -> str:
        """A column's name, plain or as `['any text']`."""
        if not self.accept("["):
            return self.word()
        if self.token.kind != "string":
            raise self.unexpected("string")
        name = str(self.advance().value)
        self.expect("]")
        return name

    def list_of(self, read: Callable[[], T]) -> tuple[T, ...]:
        items = [read()]
        while self.accept(","):
            items.append(read())
        return tuple(items)

    def expression(self) -> syntax.Expression:
        left = self._conjunction()
        while self.accept("or"):
            left = syntax.Binary("or", left, self._conjunction())
        return left

    def _conjunction(self) -> syntax.Expression:
        left = self._comparison()
        while self.accept("and"):
            left = syntax.Binary("and", left, self._comparison())
        return left

    def _comparison(self) -> syntax.Expression:
        left = self._sum()
        operator = self.token.text
        if self.at(*EQUALITY, *ORDER, *TEXT):
            self.advance()
            return syntax.Binary(operator, left, self._sum())
        if self.at(*MEMBERSHIP):
            self.advance()
            return syntax.Membership(operator, left, self._arguments())
        if self.accept("matches"):
            self.expect("regex")
            return syntax.Binary("matches regex", left, self._sum())
        if self.at("between", "!between"):
            self.advance()
            return self._between(left, negated=operator.startswith("!"))
        return left

    def _between(self, value: syntax.Expression, *, negated: bool) -> syntax.Between:
        self.expect("(")
        low = self._sum()
        self.expect("..")
        high = self._sum()
        self.expect(")")
        return syntax.Between(value, low, high, negated)

    def _sum(self) -> syntax.Expression:
        left = self._product()
        while self.at("+", "-"):
            left = syntax.Binary(self.advance().text, left, self._product())
        return left

    def _product(self) -> syntax.Expression:
        left = self._postfix()
        while self.at("*", "/", "%"):
            left = syntax.Binary(self.advance().text, left, self._postfix())
        return left

    def _postfix(self) -> syntax.Expression:
        target = self._primary()
        while True:
            if self.accept("."):
                target = syntax.Member(target, self.column())
            elif self.accept("["):
                target = self._subscript(target)
            else:
                return target

    def _subscript(self, target: syntax.Expression) -> syntax.Expression:
        position = self.expression()
        self.expect("]")
        if isinstance(position, syntax.Literal) and isinstance(position.value, str):
            return syntax.Member(target, position.value)
        return syntax.Index(target, position)

    def _primary(self) -> syntax.Expression:
        token = self.token
        if token.kind in {"string", "number", "timespan"}:
            return syntax.Literal(self.advance().value)
        if self.accept("-"):
            return syntax.Binary("-", syntax.Literal(0), self._postfix())
        if self.accept("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if self.at("["):
            return syntax.Name(self.column())
        if token.kind != "word":
            raise self.unexpected()
        return self._name_or_call()

    def _name_or_call(self) -> syntax.Expression:
        word = self.word()
        if word in CONSTANTS:
            return syntax.Literal(CONSTANTS[word])
        if not self.at("("):
            return syntax.Name(word)
        literal = self._typed_literal(word)
        return literal or syntax.Call(word, self._arguments())

    def _arguments(self) -> tuple[syntax.Expression, ...]:
        self.expect("(")
        if self.accept(")"):
            return ()
        arguments = self.list_of(self._argument)
        self.expect(")")
        return arguments

    def _argument(self) -> syntax.Expression:
        return syntax.Name("*") if self.accept("*") else self.expression()

    def _typed_literal(self, word: str) -> syntax.Literal | None:
        """`datetime(2026-01-31)`, `dynamic([1, 2])`, `int(null)`: their insides are not expressions."""
        if word not in NULL_LITERALS:
            return None
        start = self.token.offset + 1
        end = self._closing_parenthesis()
        inside = self.query[start : self._tokens[end].offset].strip()
        reader = LITERAL_READERS.get(word)
        try:
            value = None if inside == "null" else reader(inside) if reader else None
        except ValueError:
            raise InvalidQuery.at(self.query, start, inside) from None
        if reader is None and inside != "null":
            return None
        self._next = end + 1
        return syntax.Literal(value)

    def _closing_parenthesis(self) -> int:
        depth = 0
        for index in range(self._next, len(self._tokens)):
            depth += {"(": 1, ")": -1}.get(self._tokens[index].text, 0)
            if depth == 0:
                return index
        raise InvalidQuery.at(self.query, len(self.query), "<EOF>", ")")


def _read_datetime(text: str) -> datetime:
    moment = to_datetime(text.strip("'\""))
    if moment is None:
        raise ValueError(text)
    return moment


LITERAL_READERS: dict[str, Callable[[str], Any]] = {"datetime": _read_datetime, "dynamic": json.loads}
