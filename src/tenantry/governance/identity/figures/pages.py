"""`/identity`: the figures over the fleet or of one Microsoft tenant, over time, and beside one another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.identity.coverage import coverage
from tenantry.governance.identity.figures.counting import DATASETS
from tenantry.governance.identity.figures.models import FIGURES
from tenantry.governance.identity.figures.queries import SORTS, Day, Days, Figures, compared, figures, history, lines
from tenantry.governance.identity.filters import Key, Text
from tenantry.governance.identity.frame import EXPORTS, tabs, tenants
from tenantry.governance.identity.licensing.pricing import total
from tenantry.governance.identity.permissions import READ
from tenantry.kit.errors import BadRequest
from tenantry.kit.pagination import Page, PageQuery, PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Ending, Row, download

pages = Pages("/identity")

_STRENGTHS: Final = (
    ("phishing_resistant", "Phishing-resistant", "Passkeys, Windows Hello, certificates"),
    ("strong", "Strong", "Authenticator, one-time codes"),
    ("weak", "Weak", "Texts and calls"),
    ("without_mfa", "None", "Nothing, or what only resets a password"),
    ("mfa_unknown", "Not known", "The report does not speak of them"),
)
_COLUMNS: Final = (
    ("mfa", "MFA"),
    ("trend", "30 days"),
    ("resistant", "Phishing-resistant"),
    ("weak", "Weak MFA"),
    ("privileged", "Privileged"),
    ("privileged_without_mfa", "Without MFA"),
    ("privileged_apps", "Apps"),
    ("stale", "Stale"),
    ("users", "Users"),
    ("guests", "Guests"),
    ("credentials_ending", "Credentials ending"),
    ("free_seats", "Free seats"),
)
_RESISTANT: Final = "phishing_resistant"
Choice = Annotated[str, Query(max_length=40)]
First = Annotated[str, Query(alias="from", max_length=10)]
Last = Annotated[str, Query(alias="to", max_length=10)]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure over time; None is a gap."""

    title: str
    unit: str
    points: Sequence[tuple[str, float | None]]
    known: Sequence[tuple[int, int]]
    """Of how many Microsoft tenants each point is known, and of how many it should be."""

    @property
    def highest(self) -> float:
        if self.unit == "%":
            return 100
        return max((value for _, value in self.points if value is not None), default=0) or 1

    @property
    def rows(self) -> list[tuple[str, float | None, int, int]]:
        """The newest day first."""
        return [(*point, *known) for point, known in zip(reversed(self.points), reversed(self.known), strict=True)]

    @property
    def last(self) -> tuple[str, float] | None:
        """The newest point there is."""
        return next(((day, value) for day, value in reversed(self.points) if value is not None), None)

    @property
    def is_drawn(self) -> bool:
        """One point is no line."""
        return sum(value is not None for _, value in self.points) > 1


@pages.get("", needs=READ)
def dashboard(view: View, request: Request, tenant: Key = None, first: First = "", last: Last = "") -> Response:
    work = view.work
    days = _days(first, last, work.clock.now().date())
    found, options = figures(work, tenant), dict(request.query_params)
    return view.page(
        "governance/identity/figures/dashboard.html",
        figures=found,
        waste=total(work, tenant),
        strengths=_strengths(found),
        lines=_lines(history(work, days, tenant)),
        days=days,
        told=[one for one in coverage(work, DATASETS, tenant) if not one.is_whole],
        tenants=tenants(work),
        current={"options": options},
        tabs=tabs(options),
        of=tenant,
    )


@pages.get("/compare", needs=READ)
def compare(
    view: View, request: Request, page: PageQueryParameter, q: Text = "", sort: Choice = "name", down: Choice = ""
) -> Response:
    work, by = view.work, _sort(sort, down)
    rows = compared(work, page, by, q.strip() or None)
    days = Days.of(None, None, work.clock.now().date())
    seen = lines(work, [tenant.id for tenant, _ in rows.items], days)
    return view.page(
        "governance/identity/figures/compare.html",
        rows=rows,
        trends={key: _shares(days, found) for key, found in seen.items()},
        columns=_COLUMNS,
        current={"sort": by[0], "down": by[1], "options": dict(request.query_params)},
        chips=[("q", "Name begins with", q)] if q else [],
        tabs=tabs({}),
        exports=EXPORTS,
    )


@pages.get("/compare/export.{ending}", needs=READ)
def export(view: View, ending: Ending, q: Text = "", sort: Choice = "name", down: Choice = "") -> Response:
    work = view.work
    record_now(
        work.platform.databases, work.actor, work.clock, "identity.exported", view="compare", format=ending.value
    )
    columns = ("Microsoft tenant", "Counted", *(name.replace("_", " ").capitalize() for name in FIGURES))
    return download("identity-compared", ending, columns, _rows(work, q.strip() or None, _sort(sort, down)))


def _rows(work: Work, text: str | None, by: tuple[str, bool]) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        return compared(own, page, by, text).map(_row)

    return every_row(work, read)


def _row(row: Any) -> Row:
    tenant, own = row
    return (tenant.name, own.counted_at if own else None, *(getattr(own, name) if own else None for name in FIGURES))


def _sort(sort: str, down: str) -> tuple[str, bool]:
    return (sort if sort in SORTS else "name", down == "1")


def _days(first: str, last: str, today: date) -> Days:
    """A range that is none shows the last thirty days: an old link still works."""
    try:
        start, end = (date.fromisoformat(value) if value else None for value in (first, last))
        return Days.of(start, end, today)
    except (BadRequest, ValueError):
        return Days.of(None, None, today)


def _strengths(found: Figures) -> list[tuple[str, str, str, int | None, int]]:
    """Key, word, what it is, how many, and out of how many: everybody who can sign in."""
    everybody = (found.mfa_known.value or 0) + (found.mfa_unknown.value or 0)
    return [(key, word, meaning, found.of[key].value, max(everybody, 1)) for key, word, meaning in _STRENGTHS]


def _lines(days: Sequence[Day]) -> list[Line]:
    return [
        Line("Members with MFA", "%", _coverage(days, "mfa_capable"), _known(days, "mfa_capable")),
        Line("Members with phishing-resistant MFA", "%", _coverage(days, _RESISTANT), _known(days, _RESISTANT)),
        _line(days, "privileged", "Privileged accounts"),
        _line(days, "stale", "Stale accounts"),
        _line(days, "users", "Users and guests"),
        _line(days, "guests", "Guests"),
    ]


def _line(days: Sequence[Day], name: str, title: str) -> Line:
    points = [(day.day.isoformat(), day.whole(name)) for day in days]
    return Line(title, "accounts", points, _known(days, name))


def _known(days: Sequence[Day], name: str) -> list[tuple[int, int]]:
    return [(day.of[name].known, day.expected[name]) for day in days]


def _coverage(days: Sequence[Day], name: str) -> list[tuple[str, float | None]]:
    """A share moves with every Microsoft tenant that is missing, so days of which all is not known are gaps too."""
    return [(day.day.isoformat(), _share(day.whole(name), day.whole("mfa_known"))) for day in days]


def _shares(days: Days, found: Any) -> list[float | None]:
    """MFA of one Microsoft tenant on each day."""
    return [_share(found[day].mfa_capable, found[day].mfa_known) if day in found else None for day in days]


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else round(100 * part / whole, 1)
