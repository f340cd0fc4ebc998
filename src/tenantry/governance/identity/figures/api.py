"""`/api/v1/identity/summary`, and the figures by Microsoft tenant, by MFA and by day."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, create_model

from tenantry.governance.identity.coverage import coverage
from tenantry.governance.identity.figures.counting import DATASETS
from tenantry.governance.identity.figures.models import FIGURES
from tenantry.governance.identity.figures.queries import SORTS, TREND, Day, Days, Figures, compared, figures, history
from tenantry.governance.identity.filters import Key, Text, choice
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.schemas import CoverageOut, PageOut
from tenantry.kit.errors import BadRequest, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/identity", "identity")

First = Annotated[date | None, Query(alias="from", description="First day; thirty days in all without it.")]
Last = Annotated[date | None, Query(alias="to", description="Last day, included; today without it.")]


class FigureOut(BaseModel):
    """A sum over the Microsoft tenants it is known of."""

    model_config = ConfigDict(from_attributes=True)

    value: int | None = Field(description="Null where it is known of none.")
    known: int = Field(description="Of how many Microsoft tenants it is known.")


def _model(name: str, says: str, names: Iterable[str], kind: Any) -> Any:
    """A model with a field of one kind for each name."""
    fields: dict[str, Any] = dict.fromkeys(names, (kind, ...))
    return create_model(name, __doc__=says, **fields)


_SUMS: Any = _model("SumsOut", "Every figure of identity.", FIGURES, FigureOut)
_OWN: Any = _model("OwnFiguresOut", "The figures of one Microsoft tenant.", FIGURES, int | None)
_DAY: Any = _model("TrendOut", "What is followed over time.", TREND, FigureOut)


class SummaryOut(BaseModel):
    """Accounts are counted once per Microsoft tenant, however many privileges they have."""

    microsoft_tenants: int
    counted_at: datetime | None = Field(description="When the oldest of it was counted.")
    figures: _SUMS
    coverage: list[CoverageOut]


class MfaOut(BaseModel):
    """Members who can sign in, by the strongest method. Shares are out of `known`; unknown is not none."""

    known: FigureOut
    capable: FigureOut
    phishing_resistant: FigureOut
    strong: FigureOut
    weak: FigureOut = Field(description="Texts and calls.")
    none: FigureOut
    unknown: FigureOut
    coverage: list[CoverageOut]

    @classmethod
    def of(cls, found: Figures, told: list[CoverageOut]) -> Self:
        names = {"known": "mfa_known", "capable": "mfa_capable", "none": "without_mfa", "unknown": "mfa_unknown"}
        parts = {name: name for name in ("phishing_resistant", "strong", "weak")}
        values = {name: FigureOut.model_validate(found.of[column]) for name, column in (names | parts).items()}
        return cls(**values, coverage=told)


class TenantFiguresOut(BaseModel):
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    counted_at: datetime | None = Field(description="Null where nothing was counted yet.")
    figures: _OWN | None


class ComparedOut(PageOut):
    items: list[TenantFiguresOut]


class SnapshotOut(BaseModel):
    """A day. `expected` says of how many Microsoft tenants a figure should be known: less is a gap, and no fall."""

    day: date
    figures: _DAY
    expected: dict[str, int]

    @classmethod
    def of(cls, day: Day) -> Self:
        shown = {name: FigureOut.model_validate(figure) for name, figure in day.of.items()}
        return cls(day=day.day, figures=shown, expected=dict(day.expected))


class SnapshotsOut(BaseModel):
    days: list[SnapshotOut]


@api.get("/summary", needs=READ, response_model=SummaryOut, errors=[NotFound])
def summary(work: Work, tenant: Key = None) -> SummaryOut:
    """The fleet, or one Microsoft tenant, in figures; each says of how many Microsoft tenants it is known."""
    found = figures(work, tenant)
    return SummaryOut(
        microsoft_tenants=found.tenants,
        counted_at=found.counted_at,
        figures={name: FigureOut.model_validate(figure) for name, figure in found.of.items()},
        coverage=CoverageOut.every(coverage(work, DATASETS, tenant)),
    )


@api.get("/mfa", needs=READ, response_model=MfaOut, errors=[NotFound])
def mfa(work: Work, tenant: Key = None) -> MfaOut:
    """How well members prove who they are."""
    told = CoverageOut.every(coverage(work, ("entra.users", "entra.registration_details"), tenant))
    return MfaOut.of(figures(work, tenant), told)


@api.get("/microsoft-tenants", needs=READ, response_model=ComparedOut, errors=[BadRequest])
def compare(
    work: Work,
    page: PageQueryParameter,
    q: Text = "",
    sort: Annotated[str, Query(pattern=choice(SORTS))] = "name",
    down: Annotated[bool, Query(description="The largest first.")] = False,
) -> ComparedOut:
    """The figures of each Microsoft tenant, one beside the other."""
    found = compared(work, page, (sort or "name", down), q.strip() or None)
    return ComparedOut(
        items=[
            TenantFiguresOut(
                microsoft_tenant_id=tenant.id,
                microsoft_tenant=tenant.name,
                counted_at=own.counted_at if own else None,
                figures={name: getattr(own, name) for name in FIGURES} if own else None,
            )
            for tenant, own in found.items
        ],
        **PageOut.of(found, coverage(work, DATASETS)),
    )


@api.get("/snapshots", needs=READ, response_model=SnapshotsOut, errors=[BadRequest, NotFound])
def snapshots(work: Work, tenant: Key = None, first: First = None, last: Last = None) -> SnapshotsOut:
    """One entry per day of the range, also for days of which nothing is known."""
    days = Days.of(first, last, work.clock.now().date())
    return SnapshotsOut(days=[SnapshotOut.of(day) for day in history(work, days, tenant)])
