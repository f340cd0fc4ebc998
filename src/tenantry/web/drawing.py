"""Small pictures made on the server, so that they need no script and no inline style."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup

SPRITE: Final = Path(__file__).parent / "static" / "icons.svg"
_WIDTH: Final = 96.0
_HEIGHT: Final = 24.0
_MARGIN: Final = 2.0
_ROUND: Final = 10
"""From here on a scale has whole numbers."""


@cache
def icon_names() -> frozenset[str]:
    """The symbols of the sprite."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))


def sparkline(values: Sequence[float | None], *, label: str, lowest: float = 0, highest: float | None = None) -> Markup:
    """A line over time, oldest first. None leaves a gap: what was not measured is not drawn.

    Give `lowest` and `highest` to draw several on the same scale. `label` says in words what a picture cannot.
    """
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    top = max(known) if highest is None else highest
    points = [_place(index, value, len(values), lowest, top) for index, value in enumerate(values)]
    lines = Markup("").join(
        Markup('<polyline points="{}"/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in stretch))
        for stretch in _stretches(points)
    )
    end_x, end_y = next(point for point in reversed(points) if point is not None)
    return Markup(
        '<svg class="spark" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}'
        '<circle cx="{:.1f}" cy="{:.1f}" r="2"/></svg>'
    ).format(_WIDTH, _HEIGHT, label, lines, end_x, end_y)


def _place(index: int, value: float | None, count: int, lowest: float, top: float) -> tuple[float, float] | None:
    if value is None:
        return None
    across = (_WIDTH - 2 * _MARGIN) * (index / (count - 1) if count > 1 else 1)
    up = (value - lowest) / (top - lowest) if top > lowest else 0.5
    return _MARGIN + across, _HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * min(max(up, 0), 1)


def _stretches(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """Splits at the gaps."""
    found: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            found[-1].append(point)
        elif found[-1]:
            found.append([])
    return [stretch for stretch in found if stretch]


_CHART: Final = (480.0, 160.0)
_SIDES: Final = (36.0, 12.0, 16.0, 24.0)
"""Left, top, right, bottom: the room for what stands beside the line."""


def line_chart(
    points: Sequence[tuple[str, float | None]], *, label: str, unit: str = "%", highest: float = 100
) -> Markup:
    """Values over time, oldest first, with the scale from 0 to `highest` and the first and last name beside it.

    A point's name is shown with its value on hover; None leaves a gap. `label` says in words what a picture cannot.
    """
    left, top, right, bottom = _SIDES
    wide, high = _CHART[0] - left - right, _CHART[1] - top - bottom
    step = wide / max(len(points) - 1, 1)
    places = [
        None if value is None else (left + step * index, top + high * (1 - min(max(value, 0), highest) / highest))
        for index, (_, value) in enumerate(points)
    ]
    marks = ((share, highest * share) for share in (0, 0.5, 1))
    grid = Markup("").join(_grid(mark, top + high * (1 - share), left, left + wide) for share, mark in marks)
    lines = Markup("").join(
        Markup('<polyline points="{}"/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in stretch))
        for stretch in _stretches(places)
    )
    dots = Markup("").join(
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3"><title>{}: {:g} {}</title></circle>').format(*place, *point, unit)
        for place, point in zip(places, points, strict=True)
        if place is not None
    )
    return Markup(
        '<svg class="chart" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}{}{}'
        '<text x="{:.0f}" y="{:.0f}">{}</text><text class="end" x="{:.0f}" y="{:.0f}">{}</text></svg>'
    ).format(
        *_CHART, label, grid, lines, dots, left, _CHART[1] - 6, points[0][0], left + wide, _CHART[1] - 6, points[-1][0]
    )


def _grid(mark: float, y: float, start: float, end: float) -> Markup:
    return Markup(
        '<line x1="{:.0f}" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/><text class="end" x="{:.0f}" y="{:.1f}">{}</text>'
    ).format(start, end, y, y, start - 6, y + 4, f"{mark:.0f}" if mark >= _ROUND else f"{mark:g}")


_GAUGE: Final = "M 10 60 A 50 50 0 0 1 110 60"
"""Half a circle, from the left to the right."""


def gauge(share: float | None, *, label: str) -> Markup:
    """Half a ring that is filled by a share between 0 and 1; an empty one where there is none.

    `label` says in words what a picture cannot.
    """
    filled = "" if share is None else f"{100 * min(max(share, 0), 1):.1f}"
    part = Markup('<path class="part" pathLength="100" stroke-dasharray="{} 200" d="{}"/>').format(filled, _GAUGE)
    return Markup('<svg class="gauge" viewBox="0 0 120 66" role="img" aria-label="{}"><path d="{}"/>{}</svg>').format(
        label, _GAUGE, part if filled and share else ""
    )
