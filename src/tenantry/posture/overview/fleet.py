"""The fleet: one row per Microsoft tenant with the counts of its controls, decisions and attestations counted in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, case, func, or_, select

from tenantry.estate.flows import TEST
from tenantry.estate.models import Credential, MicrosoftTenant
from tenantry.kit.pagination import Page, PageQuery, SortKey, paginate
from tenantry.platform.jobs.models import OPEN_STATES, Job
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import controls_of
from tenantry.posture.decisions.models import Attestation, Disposition, Kind
from tenantry.posture.overview.queries import scannable
from tenantry.posture.overview.standing import Score
from tenantry.posture.scans.models import PostureState, Scan
from tenantry.posture.scans.service import SCAN_JOB
from tenantry.posture.verdicts import Status


class Narrowed(StrEnum):
    """Which Microsoft tenants: those with something of a kind."""

    FAILING = "failing"
    UNVERIFIED = "unverified"
    UNSCANNED = "unscanned"


@dataclass(frozen=True, slots=True)
class FleetFilter:
    text: str = ""
    narrowed: Narrowed | None = None
    benchmark: str = ""


@dataclass(frozen=True, slots=True)
class FleetRow:
    """A Microsoft tenant as the fleet shows it. `score` is None when it was never scanned."""

    tenant: MicrosoftTenant
    credential: Credential | None
    score: Score | None
    scanned_at: datetime | None

    @property
    def open(self) -> int:
        return self.score.failed - self.score.excepted if self.score else 0


def in_force(now: datetime) -> Any:
    """Joins the decision about a whole control that holds now."""
    return and_(
        Disposition.microsoft_tenant_id == PostureState.microsoft_tenant_id,
        Disposition.control == PostureState.control,
        Disposition.object_id.is_(None),
        Disposition.ended_at.is_(None),
        Disposition.expires_at > now,
    )


def attested(now: datetime) -> Any:
    """Joins the attestation that holds now."""
    return and_(
        Attestation.microsoft_tenant_id == PostureState.microsoft_tenant_id,
        Attestation.control == PostureState.control,
        Attestation.withdrawn_at.is_(None),
        Attestation.valid_until > now,
    )


_MANUAL: Final = PostureState.status == Status.MANUAL
_PASSED: Final = or_(PostureState.status == Status.PASS, and_(_MANUAL, Attestation.holds.is_(True)))
_FAILED: Final = or_(PostureState.status == Status.FAIL, and_(_MANUAL, Attestation.holds.is_(False)))
_DECIDED: Final = and_(Disposition.kind.is_not(None), Disposition.kind != Kind.REMEDIATION_PLANNED)
_COUNTED: Final[dict[str, ColumnElement[bool]]] = {
    "passed": _PASSED,
    "failed": _FAILED,
    "excepted": and_(_FAILED, _DECIDED),
    "attested": and_(_MANUAL, Attestation.holds.is_not(None)),
    "manual": and_(_MANUAL, Attestation.holds.is_(None)),
    "not_applicable": PostureState.status == Status.NOT_APPLICABLE,
    "errors": PostureState.status == Status.ERROR,
    "not_run": PostureState.status == Status.NOT_RUN,
}
"""The fields of a Score, each with what is counted: as `standing.score_of` counts one Microsoft tenant."""
SORTS: Final = ("score", "open", "unverified", "scanned", "name")


def fleet_page(work: Work, wanted: FleetFilter, page: PageQuery, sort: tuple[str, bool]) -> Page[FleetRow]:
    counts = _counts(work, wanted.benchmark)
    statement = scannable(work).add_columns(Credential, *(counts.c[name] for name in (*_COUNTED, "scanned_at")))
    statement = statement.outerjoin(counts, counts.c.microsoft_tenant_id == MicrosoftTenant.id)
    statement = statement.outerjoin(Credential, Credential.microsoft_tenant_id == MicrosoftTenant.id)
    statement = statement.where(*_conditions(wanted, counts))
    keys = [SortKey(_sorted(counts, sort[0]), descending=sort[1])] if sort[0] != "name" else []
    name = SortKey(MicrosoftTenant.name_key, descending=sort == ("name", True), never_null=True)
    found = paginate(work.session, statement, page, [*keys, name, SortKey(MicrosoftTenant.id)], count=True)
    return found.map(_row)


def totals(work: Work, benchmark: str) -> tuple[int, int, Score]:
    """How many Microsoft tenants there are, how many were scanned, and the sum of their counts."""
    counts = _counts(work, benchmark)
    columns = [func.coalesce(func.sum(counts.c[name]), 0) for name in _COUNTED]
    query = scannable(work).outerjoin(counts, counts.c.microsoft_tenant_id == MicrosoftTenant.id)
    query = query.with_only_columns(func.count(), func.count(counts.c.scanned_at), *columns)
    tenants, scanned, *sums = work.session.execute(query).one()
    return tenants, scanned, Score(**dict(zip(_COUNTED, sums, strict=True)))


def open_jobs(work: Work, ids: Sequence[UUID]) -> dict[tuple[str, UUID], Scan | None]:
    """What runs or waits for these Microsoft tenants: scans with their row, and connection tests."""
    jobs = select(Job.kind, Job.subject_id, Scan).outerjoin(Scan, Scan.job_id == Job.id)
    jobs = jobs.where(Job.state.in_(OPEN_STATES), Job.kind.in_((SCAN_JOB, TEST)), Job.subject_id.in_(ids))
    return {(kind, subject): scan for kind, subject, scan in work.session.execute(jobs) if subject is not None}


def _counts(work: Work, benchmark: str) -> Any:
    now, keys = work.clock.now(), [control.key for control in controls_of(benchmark)]
    sums = [func.sum(case((holds, 1), else_=0)).label(name) for name, holds in _COUNTED.items()]
    return (
        select(PostureState.microsoft_tenant_id, func.max(PostureState.scanned_at).label("scanned_at"), *sums)
        .outerjoin(Disposition, in_force(now))
        .outerjoin(Attestation, attested(now))
        .where(PostureState.control.in_(keys))
        .group_by(PostureState.microsoft_tenant_id)
        .subquery()
    )


def _conditions(wanted: FleetFilter, counts: Any) -> list[ColumnElement[bool]]:
    chosen: dict[Narrowed | None, list[ColumnElement[bool]]] = {
        None: [],
        Narrowed.FAILING: [counts.c.failed > counts.c.excepted],
        Narrowed.UNVERIFIED: [counts.c.errors > 0],
        Narrowed.UNSCANNED: [counts.c.scanned_at.is_(None)],
    }
    found = chosen[wanted.narrowed]
    if part := wanted.text.casefold():
        named = MicrosoftTenant.name_key.contains(part, autoescape=True)
        found.append(or_(named, func.lower(MicrosoftTenant.default_domain).contains(part, autoescape=True)))
    return found


def _sorted(counts: Any, name: str) -> Any:
    evaluated = func.nullif(counts.c.passed + counts.c.failed, 0, type_=Integer)
    orders = {
        "score": counts.c.passed * 10_000 // evaluated,
        "open": counts.c.failed - counts.c.excepted,
        "unverified": counts.c.errors,
        "scanned": counts.c.scanned_at,
    }
    return orders[name]


def _row(found: Any) -> FleetRow:
    tenant, credential, *counted, scanned_at = found
    if scanned_at is None:
        return FleetRow(tenant, credential, None, None)
    return FleetRow(tenant, credential, Score(**dict(zip(_COUNTED, counted, strict=True))), scanned_at)
