"""Text to tokens."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mscloudsim.resource_graph.kql.errors import InvalidQuery

UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
WORD_OPERATORS = "in~?|contains(?:_cs)?|has(?:_cs)?|startswith(?:_cs)?|endswith(?:_cs)?|between"

TOKEN = re.compile(
    rf"""
    (?P<space>\s+|//[^\n]*)
  | (?P<verbatim>[@]"(?:[^"]|"")*"|[@]'(?:[^']|'')*')
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<timespan>\d+(?:\.\d+)?(?:ms|[dhms])\b)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<word>project-(?:away|keep|rename|reorder)\b|mv-(?:expand|apply)\b|in~|[$]?[A-Za-z_]\w*)
  | (?P<symbol>!(?:{WORD_OPERATORS})(?!\w)|\.\.|==|!=|=~|!~|<=|>=|[-+*/%<>=|()\[\],.;:{{}}])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One lexical unit; `value` is the meaning of a literal, `offset` counts characters from the query's start."""

    kind: str
    text: str
    offset: int
    value: Any = None


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), text[1:-1])


def _verbatim(text: str) -> str:
    quote = text[1]
    return text[2:-1].replace(quote * 2, quote)


def _timespan(text: str) -> timedelta:
    amount, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]  # the token matched
    return float(amount) * UNITS[unit]


READERS: dict[str, Callable[[str], Any]] = {
    "string": _unescape,
    "verbatim": _verbatim,
    "timespan": _timespan,
    "number": lambda text: float(text) if "." in text else int(text),
}


def tokens(query: str) -> Iterator[Token]:
    """Every token of the query and a last one of kind `end`; raises InvalidQuery where no token starts."""
    offset = 0
    while offset < len(query):
        match = TOKEN.match(query, offset)
        if match is None or match.lastgroup is None:
            raise InvalidQuery.at(query, offset, query[offset])
        offset = match.end()
        if match.lastgroup == "space":
            continue
        reader = READERS.get(match.lastgroup)
        kind = "string" if match.lastgroup == "verbatim" else match.lastgroup
        try:
            yield Token(kind, match[0], match.start(), reader(match[0]) if reader else None)
        except (ArithmeticError, ValueError):
            raise InvalidQuery.at(query, match.start(), match[0][:40]) from None
    yield Token("end", "<EOF>", len(query))
