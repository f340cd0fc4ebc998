"""Templates: every slice owns its own, values are escaped always, numbers and times look the same everywhere."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from tenantry.kit.text import LAYOUT, revealed
from tenantry.web.drawing import gauge, icon_names, line_chart, sparkline
from tenantry.web.states import state_named

_PACKAGE: Final = Path(__file__).parent.parent
STATIC: Final = Path(__file__).parent / "static"
_SPACE: Final = "\u202f"
_ROUNDS_TO_THOUSAND: Final = 999.5
"""From here on three digits would read 1e+03."""
_MINUTE: Final = 60
_YEAR: Final = 365.25 * 86_400
_TEN_SECONDS: Final = 10


def environment() -> Environment:
    """Template `estate/list.html` is the file `estate/templates/list.html` of the package."""
    made = Environment(
        loader=FunctionLoader(_load),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_legible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=number, money=money, percent=percent, bytes=byte_size, duration=duration, age=age, moment=moment
    )
    made.filters.update(visible=visible, state=state_named, query=query, json=pretty_json)
    made.globals.update(asset=asset, icon_names=icon_names, sparkline=sparkline, line_chart=line_chart, gauge=gauge)
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


def money(micros: int | None) -> str:
    """12 345.60 out of millionths, or a dash for what is not known. An amount under a cent is not called nothing."""
    if micros is None:
        return "–"
    cents = f"{micros / 1_000_000:,.2f}".replace(",", _SPACE)
    return f"under {'−' if micros < 0 else ''}0.01" if micros and not round(micros / 10_000) else cents


def percent(part: int | None, whole: int | None) -> str:
    """87 %, or a dash without a denominator. 0 % means none and 100 % means all: rounding never says so."""
    if not whole or part is None:
        return "–"
    share = round(100 * part / whole)
    if 0 < part < whole and share in (0, 100):
        return f"{'>99' if share else '<1'}{_SPACE}%"
    return f"{share}{_SPACE}%"


def byte_size(value: float | None) -> str:
    """1.4 MB: decimal units, as Microsoft's portals show them."""
    if value is None:
        return "–"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < _ROUNDS_TO_THOUSAND:
            return f"{value:.3g}{_SPACE}{unit}"
        value /= 1000
    return f"{value * 1000:,.0f}{_SPACE}TB"


def duration(seconds: float | None) -> str:
    """4.2 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return "–"
    if seconds < _MINUTE:
        return f"{seconds:.1f}{_SPACE}s" if seconds < _TEN_SECONDS else f"{seconds:.0f}{_SPACE}s"
    minutes, rest = divmod(int(seconds), _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes}{_SPACE}min {rest}{_SPACE}s"
    return f"{minutes // _MINUTE}{_SPACE}h {minutes % _MINUTE}{_SPACE}min"


def age(value: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that fits; days up to two years, because stale is counted in days."""
    if value is None:
        return "never"
    seconds = (now - value).total_seconds()
    if seconds >= 2 * _YEAR:
        return f"{int(seconds // _YEAR)}{_SPACE}y ago"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)}{_SPACE}{unit} ago"
    return "just now" if seconds >= -60 else moment(value)  # noqa: PLR2004


def moment(value: datetime | None) -> str:
    return "–" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def visible(value: object) -> Markup:
    """Text of a Microsoft tenant: escaped, its direction isolated, invisible control characters made visible.

    What is markup already passes unchanged, so that components may apply it to whatever they are given.
    """
    if isinstance(value, Markup):
        return value
    return Markup("<bdi>{}</bdi>").format(escape(revealed(str(value))))


def _legible(value: Any) -> Any:
    """Every value on its way into a page, also into titles, attributes and choices, which cannot isolate directions."""
    return revealed(value, LAYOUT) if isinstance(value, str) and not isinstance(value, Markup) else value


def pretty_json(value: object) -> Markup:
    """A document of Microsoft as it is, for reading; as hostile as any other text of a Microsoft tenant."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS, default=str).decode()
    return Markup("\n").join(visible(line) for line in text.splitlines())


def query(current: Mapping[str, Any], **changes: Any) -> str:
    """The current query with some options changed; None takes one away. Paging starts over, toasts are not repeated."""
    merged = {**current, "cursor": None, "done": None, **changes}
    return "?" + urlencode({name: value for name, value in merged.items() if value not in (None, "")})
