"""Comparing a property with a literal: letter case does not count, times are times, and types have to agree."""

import operator
from collections.abc import Callable
from typing import Any, Final

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.schema import Edm
from mscloudsim.world.directory.stamps import epoch_of, stamp

Test = Callable[[Any], bool]
COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_WORDED: Final = {
    "eq": "Equal",
    "ne": "NotEqual",
    "gt": "GreaterThan",
    "ge": "GreaterThanOrEqual",
    "lt": "LessThan",
    "le": "LessThanOrEqual",
}
_FITTING: Final[dict[Edm, type | tuple[type, ...]]] = {
    Edm.TEXT: str,
    Edm.MOMENT: str,
    Edm.FLAG: bool,
    Edm.NUMBER: (int, float),
    Edm.ANY: (str, bool, int, float),
}


def comparison(name: str, kind: Edm, literal: Any) -> Test:
    """A test of a property's value. Raises GraphRefusal 400 if the literal is of another type than the property."""
    compare = COMPARISONS[name]
    if literal is None:
        if name not in ("eq", "ne"):
            raise _incompatible(name, kind, literal)
        return lambda value: bool(compare(value, None))
    if kind not in _FITTING or not isinstance(literal, _FITTING[kind]) or _is_flag_for_number(kind, literal):
        raise _incompatible(name, kind, literal)
    if kind is Edm.MOMENT:
        return _of_moments(name, str(literal))
    wanted = literal.lower() if isinstance(literal, str) else literal
    if name in ("eq", "ne"):
        return lambda value: bool(compare(value.lower() if isinstance(value, str) else value, wanted))
    return lambda value: (
        _comparable(value, wanted) and bool(compare(value.lower() if isinstance(value, str) else value, wanted))
    )


def moment_text(literal: str) -> str | None:
    """A moment in UTC as Graph writes it, for comparing by text; None for what is no moment."""
    epoch = epoch_of(literal)
    return None if epoch is None else stamp(epoch)


def _of_moments(name: str, literal: str) -> Test:
    wanted = moment_text(literal)
    if wanted is None:
        raise _incompatible(name, Edm.MOMENT, literal)
    compare = COMPARISONS[name]
    return lambda value: bool(compare(value, wanted)) if value is not None else name == "ne"


def _comparable(value: Any, wanted: Any) -> bool:
    return isinstance(value, str) == isinstance(wanted, str) and value is not None


def _is_flag_for_number(kind: Edm, literal: Any) -> bool:
    return kind is Edm.NUMBER and isinstance(literal, bool)


def _incompatible(name: str, kind: Edm, literal: Any) -> GraphRefusal:
    types = {str: Edm.TEXT, bool: Edm.FLAG, int: Edm.NUMBER, float: Edm.NUMBER}
    other = types.get(type(literal), "<null>")
    text = "A binary operator with incompatible types was detected. Found operand types"
    return GraphRefusal(
        400, "Request_BadRequest", f"{text} '{kind}' and '{other}' for operator kind '{_WORDED[name]}'."
    )
