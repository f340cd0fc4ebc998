"""The figures of the fleet, of one Microsoft tenant, beside one another, and day by day. Sums over a row each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, func, select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.identity.coverage import within
from tenantry.governance.identity.figures.models import FIGURES, IdentityFigures, IdentitySnapshot
from tenantry.governance.identity.permissions import READ
from tenantry.kit.errors import BadRequest
from tenantry.kit.pagination import AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work

TREND: Final = ("users", "guests", "mfa_known", "mfa_capable", "phishing_resistant", "privileged", "stale")
"""What is followed over time."""
_LONGEST: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Figure:
    """A sum, and over how many Microsoft tenants it is known; None where it is of none."""

    value: int | None
    known: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is counted, of so many Microsoft tenants; the oldest count is of `counted_at`."""

    tenants: int
    counted_at: datetime | None
    of: Mapping[str, Figure]

    def __getattr__(self, name: str) -> Figure:
        try:
            return self.of[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True, slots=True)
class Day:
    """A day: each figure, of how many Microsoft tenants it is known, and of how many it had been by then."""

    day: date
    of: Mapping[str, Figure]
    expected: Mapping[str, int]

    def whole(self, name: str) -> int | None:
        """The sum where every Microsoft tenant is in it that could be; None is a gap."""
        figure = self.of[name]
        return figure.value if figure.known and figure.known >= self.expected[name] else None


@dataclass(frozen=True, slots=True)
class Days:
    """Some days, both ends included."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date | None, last: date | None, today: date) -> "Days":
        """The last thirty without an answer. Raises BadRequest for a range that is none, or too long."""
        try:
            end = last or today
            start = first or end - timedelta(days=29)
        except OverflowError:
            raise BadRequest(why="a range of days begins in this millennium") from None
        if start > end:
            raise BadRequest(why="the range ends before it begins")
        if end - start > _LONGEST or start.year < 2000:  # noqa: PLR2004 - nothing was collected before
            raise BadRequest(why=f"a range has at most {_LONGEST.days} days, and none before 2000")
        return cls(start, end)

    def __iter__(self) -> Any:
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


def figures(work: Work, microsoft_tenant_id: UUID | None = None) -> Figures:
    """Raises NotFound for a Microsoft tenant outside the actor's scope."""
    work.actor.require(READ, on=microsoft_tenant_id)
    columns = [getattr(IdentityFigures, name) for name in FIGURES]
    query = (
        select(
            func.count(MicrosoftTenant.id).label("tenants"),
            func.min(IdentityFigures.counted_at).label("counted_at"),
            *(func.sum(column).label(column.key) for column in columns),
            *(func.count(column).label(f"{column.key}_known") for column in columns),
        )
        .select_from(MicrosoftTenant)
        .outerjoin(IdentityFigures, IdentityFigures.microsoft_tenant_id == MicrosoftTenant.id)
        .where(*within(work, microsoft_tenant_id))
    )
    row = work.session.execute(query).mappings().one()
    return Figures(row["tenants"], row["counted_at"], {name: _figure(row, name) for name in FIGURES})


def _figure(row: Any, name: str) -> Figure:
    value = row[name]
    return Figure(None if value is None else int(value), row[f"{name}_known"])


_COVERAGE: Final[Any] = IdentityFigures.mfa_capable * 10_000 // func.nullif(IdentityFigures.mfa_known, 0, type_=Integer)
_RESISTANT: Final[Any] = (
    IdentityFigures.phishing_resistant * 10_000 // func.nullif(IdentityFigures.mfa_known, 0, type_=Integer)
)
SORTS: Final[dict[str, Any]] = {
    "name": MicrosoftTenant.name_key,
    "mfa": _COVERAGE,
    "resistant": _RESISTANT,
    **{
        name: getattr(IdentityFigures, name)
        for name in (
            *("users", "guests", "privileged", "privileged_without_mfa", "privileged_apps", "stale", "weak"),
            *("without_mfa", "credentials_expired", "credentials_ending", "free_seats"),
        )
    },
}


def compared(work: Work, page: PageQuery, sort: tuple[str, bool], text: str | None = None) -> Page[Any]:
    """Rows of (Microsoft tenant, its figures or None): one beside the other. Equal ones go by name."""
    work.actor.require(READ)
    statement: AnySelect = (
        select(MicrosoftTenant, IdentityFigures)
        .outerjoin(IdentityFigures, IdentityFigures.microsoft_tenant_id == MicrosoftTenant.id)
        .where(*within(work, None))
    )
    if text:
        statement = statement.where(MicrosoftTenant.name_key.startswith(text.casefold()[:256], autoescape=True))
    name = [SortKey(MicrosoftTenant.name_key, never_null=True), SortKey(MicrosoftTenant.id, never_null=True)]
    if sort[0] == "name":
        name[0] = SortKey(MicrosoftTenant.name_key, sort[1], never_null=True)
        return paginate(work.session, statement, page, name, count=True)
    return paginate(work.session, statement, page, [SortKey(SORTS[sort[0]], sort[1]), *name], count=True)


def lines(work: Work, keys: Sequence[UUID], days: Days) -> Mapping[UUID, Mapping[date, Any]]:
    """The snapshots of a few Microsoft tenants, by day."""
    query = select(IdentitySnapshot).where(
        IdentitySnapshot.microsoft_tenant_id.in_(keys), IdentitySnapshot.day.between(days.first, days.last)
    )
    found: dict[UUID, dict[date, Any]] = defaultdict(dict)
    for row in work.session.scalars(query):
        found[row.microsoft_tenant_id][row.day] = row
    return found


def history(work: Work, days: Days, microsoft_tenant_id: UUID | None = None) -> list[Day]:
    """Every day of the range, also those without a snapshot. Raises NotFound for what is outside the scope."""
    work.actor.require(READ, on=microsoft_tenant_id)
    columns = [getattr(IdentitySnapshot, name) for name in TREND]
    query = (
        select(
            IdentitySnapshot.day,
            *(func.sum(column).label(column.key) for column in columns),
            *(func.count(column).label(f"{column.key}_known") for column in columns),
        )
        .where(IdentitySnapshot.day.between(days.first, days.last), *_seen(work, microsoft_tenant_id))
        .group_by(IdentitySnapshot.day)
    )
    found = {row["day"]: row for row in work.session.execute(query).mappings()}
    begun = _begun(work, microsoft_tenant_id)
    return [_day(day, found.get(day), begun) for day in days]


def _seen(work: Work, microsoft_tenant_id: UUID | None) -> list[ColumnElement[bool]]:
    """As `within`, of snapshots themselves: joining them takes longer than adding them up."""
    key = IdentitySnapshot.microsoft_tenant_id
    gone = select(MicrosoftTenant.id).where(MicrosoftTenant.lifecycle == Lifecycle.OFFBOARDED)
    conditions: list[ColumnElement[bool]] = [key.not_in(gone)]
    if work.actor.scope is not None:
        conditions.append(key.in_(work.actor.scope))
    if microsoft_tenant_id is not None:
        conditions.append(key == microsoft_tenant_id)
    return conditions


def _begun(work: Work, microsoft_tenant_id: UUID | None) -> Sequence[Any]:
    """Since when how many Microsoft tenants are counted, and of how many of them each figure is known."""
    known = (func.count(getattr(IdentityFigures, name)).label(name) for name in TREND)
    query = (
        select(IdentityFigures.since, *known)
        .join(MicrosoftTenant, MicrosoftTenant.id == IdentityFigures.microsoft_tenant_id)
        .where(*within(work, microsoft_tenant_id))
        .group_by(IdentityFigures.since)
    )
    return work.session.execute(query).mappings().all()


def _day(day: date, row: Any, begun: Sequence[Any]) -> Day:
    none = Figure(None, 0)
    return Day(
        day,
        {name: none if row is None else _figure(row, name) for name in TREND},
        {name: sum(one[name] for one in begun if one["since"] <= day) for name in TREND},
    )
