"""Posture over many Microsoft tenants, over time, and of two scans side by side."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.kit.errors import InvalidInput
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Control, all_controls, controls_of
from tenantry.posture.decisions.models import Attestation, Disposition
from tenantry.posture.scans.models import PostureState, Scan, ScanResult
from tenantry.posture.scans.permissions import READ
from tenantry.posture.scans.service import Scans
from tenantry.posture.verdicts import Status


@dataclass(frozen=True, slots=True)
class TenantCounts:
    """How many controls of a Microsoft tenant have which status, and when it was last scanned."""

    microsoft_tenant_id: UUID
    name: str
    counts: Mapping[Status, int]
    scanned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Controls by Microsoft tenants. A cell that is missing was never judged."""

    tenants: Sequence[TenantCounts]
    controls: Sequence[Control]
    cells: Mapping[tuple[str, UUID], Status]
    scans: Mapping[tuple[str, UUID], UUID]
    """The scan each cell's verdict is of."""
    decided: Mapping[tuple[str, UUID], str]
    """What people say beside the verdict: the kind of a decision in force, or an attestation."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One control in two scans; None where a scan did not judge it."""

    control: Control
    number: str
    left: ScanResult | None
    right: ScanResult | None

    @property
    def differs(self) -> bool:
        return (self.left and self.left.status) != (self.right and self.right.status)


def scannable(work: Work) -> Any:
    """A statement over the Microsoft tenants of the actor that can be scanned."""
    work.actor.require(READ)
    query = select(MicrosoftTenant).where(
        MicrosoftTenant.access == Access.APP_REGISTRATION, MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED
    )
    return query if work.actor.scope is None else query.where(MicrosoftTenant.id.in_(work.actor.scope))


def matrix_of(work: Work, tenants: Sequence[MicrosoftTenant], benchmark: str) -> Matrix:
    """The matrix of these Microsoft tenants, which were read within the actor's scope."""
    ids = [tenant.id for tenant in tenants]
    query = select(PostureState).where(PostureState.microsoft_tenant_id.in_(ids))
    controls = controls_of(benchmark)
    known = {control.key for control in controls}
    states = [row for row in work.session.scalars(query) if row.control in known]
    counts: dict[UUID, dict[Status, int]] = defaultdict(lambda: dict.fromkeys(Status, 0))
    scanned: dict[UUID, datetime] = {}
    for row in states:
        counts[row.microsoft_tenant_id][row.status] += 1
        scanned[row.microsoft_tenant_id] = max(row.scanned_at, scanned.get(row.microsoft_tenant_id, row.scanned_at))
    rows = [TenantCounts(one.id, one.name, counts[one.id], scanned.get(one.id)) for one in tenants]
    cells = {(row.control, row.microsoft_tenant_id): row.status for row in states}
    scans = {(row.control, row.microsoft_tenant_id): row.scan_id for row in states}
    return Matrix(rows, controls, cells, scans, _said(work, ids, cells))


def _said(work: Work, ids: Sequence[UUID], cells: Mapping[tuple[str, UUID], Status]) -> Mapping[tuple[str, UUID], str]:
    """Decisions count where a control fails, attestations where it is manual."""
    now, found = work.clock.now(), dict[tuple[str, UUID], str]()
    decisions = select(Disposition).where(Disposition.microsoft_tenant_id.in_(ids), Disposition.object_id.is_(None))
    decisions = decisions.where(Disposition.ended_at.is_(None), Disposition.expires_at > now)
    for one in work.session.scalars(decisions):
        if cells.get(key := (one.control, one.microsoft_tenant_id)) is Status.FAIL:
            found[key] = one.kind.value
    attested = select(Attestation).where(Attestation.microsoft_tenant_id.in_(ids))
    attested = attested.where(Attestation.withdrawn_at.is_(None), Attestation.valid_until > now)
    for vouched in work.session.scalars(attested):
        if cells.get(key := (vouched.control, vouched.microsoft_tenant_id)) is Status.MANUAL:
            found[key] = "attested" if vouched.holds else "attested_failing"
    return found


def failing_in(work: Work) -> dict[str, int]:
    """In how many of the actor's Microsoft tenants each control fails."""
    work.actor.require(READ)
    query = select(PostureState.control, func.count()).where(PostureState.status == Status.FAIL)
    if work.actor.scope is not None:
        query = query.where(PostureState.microsoft_tenant_id.in_(work.actor.scope))
    rows = work.session.execute(query.group_by(PostureState.control)).all()
    return dict(rows)


def trend_of(work: Work, microsoft_tenant_id: UUID, benchmark: str, limit: int = 90) -> list[Scan]:
    """The newest completed scans of a Microsoft tenant with their counts, the oldest first.

    Only whole scans of one benchmark can be compared; those of some controls are left out.
    """
    work.actor.require(READ, on=microsoft_tenant_id)
    query = select(Scan).where(
        Scan.microsoft_tenant_id == microsoft_tenant_id,
        Scan.benchmark == benchmark,
        Scan.completed_at.is_not(None),
        Scan.reevaluates.is_(None),
        Scan.total == len(controls_of(benchmark)),
    )
    newest = work.session.scalars(query.order_by(Scan.created_at.desc(), Scan.id).limit(limit)).all()
    return list(reversed(newest))


def latest_scan(work: Work, microsoft_tenant_id: UUID) -> Scan | None:
    """The newest scan that has verdicts."""
    work.actor.require(READ, on=microsoft_tenant_id)
    query = select(Scan).where(Scan.microsoft_tenant_id == microsoft_tenant_id, Scan.completed_at.is_not(None))
    return work.session.scalars(query.order_by(Scan.created_at.desc(), Scan.id).limit(1)).one_or_none()


def compare(work: Work, left_id: UUID, right_id: UUID) -> list[Compared]:
    """Two scans side by side, matched by control and never by number. Raises NotFound, InvalidInput without verdicts.

    They may be of different Microsoft tenants and of different benchmark versions.
    """
    left, right = Scans(work).get(left_id).scan, Scans(work).get(right_id).scan
    if left.completed_at is None or right.completed_at is None:
        raise InvalidInput(why="only scans that have verdicts can be compared")
    found: dict[str, list[ScanResult | None]] = defaultdict(lambda: [None, None])
    rows = select(ScanResult).where(ScanResult.scan_id.in_([left.id, right.id]))
    for row in work.session.scalars(rows):
        if row.scan_id == left.id:
            found[row.control][0] = row
        if row.scan_id == right.id:
            found[row.control][1] = row
    return _ordered(found, left.benchmark, right.benchmark)


def _ordered(found: Mapping[str, Sequence[ScanResult | None]], *named: str) -> list[Compared]:
    rows = []
    for key, (left, right) in found.items():
        control = all_controls().get(key)
        if control is None:  # of a version that knew more
            continue
        numbered = next(control.benchmarks[name] for name in named if name in control.benchmarks)
        rows.append((numbered.order, Compared(control, numbered.number, left, right)))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]
