"""Templates: every slice owns its own, values are escaped always, numbers and times look the same everywhere."""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from tenantry.web.states import state_named

_PACKAGE: Final = Path(__file__).parent.parent
STATIC: Final = Path(__file__).parent / "static"
_SPACE: Final = "\u202f"
_OVERRIDES: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def environment() -> Environment:
    """Template `estate/list.html` is the file `estate/templates/list.html` of the package."""
    made = Environment(
        loader=FunctionLoader(_load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(
        number=number, age=age, moment=moment, percent=percent, visible=visible, state=state_named, query=query
    )
    made.globals.update(asset=asset)
    return made


def _load(name: str) -> tuple[str, str, Any]:
    folder, _, file = name.rpartition("/")
    path = _PACKAGE / folder / "templates" / file
    modified = path.stat().st_mtime
    return path.read_text(), str(path), lambda: path.stat().st_mtime == modified


@cache
def asset(name: str) -> str:
    """The address of a static file, with its content's hash so that it may be cached for ever."""
    digest = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{name}?v={digest}"


def number(value: float | None) -> str:
    """12 345, or a dash for what is not known: zero is shown only where zero was measured."""
    return "–" if value is None else f"{value:,}".replace(",", _SPACE)


def percent(part: int | None, whole: int | None) -> str:
    """87 %, or a dash without a denominator."""
    return "–" if not whole or part is None else f"{round(100 * part / whole)}{_SPACE}%"


def age(value: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    if value is None:
        return "never"
    seconds = (now - value).total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)}{_SPACE}{unit} ago"
    return "just now" if seconds >= -60 else moment(value)  # noqa: PLR2004


def moment(value: datetime | None) -> str:
    return "–" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def visible(value: object) -> Markup:
    """Text of a Microsoft tenant: escaped, its direction isolated, invisible control characters made visible."""
    text = "".join(
        f"\\u{ord(letter):04x}" if letter in _OVERRIDES or unicodedata.category(letter) == "Cc" else letter
        for letter in str(value)
    )
    return Markup("<bdi>{}</bdi>").format(escape(text))


def query(current: Mapping[str, Any], **changes: Any) -> str:
    """The current query with some options changed; None takes one away. Paging starts over."""
    merged = {**current, "cursor": None, **changes}
    return "?" + urlencode({name: value for name, value in merged.items() if value not in (None, "")})
