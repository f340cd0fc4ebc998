"""Everything that is shown of one verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.errors import NotFound
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Assessment, Control, Numbered, all_controls
from tenantry.posture.decisions.models import Attestation, Disposition, Kind
from tenantry.posture.decisions.service import Attestations, Dispositions
from tenantry.posture.scans.models import PostureState, Scan, ScanResult
from tenantry.posture.scans.results import history_of, result_of
from tenantry.posture.scans.service import Scans
from tenantry.posture.scans.verdict_store import details_of
from tenantry.posture.verdicts import Status


@dataclass(frozen=True, slots=True)
class VerdictView:
    """One verdict, what it rests on, and what is decided now. `details` is as `verdict_store.details_of` gives it."""

    scan: Scan
    tenant: MicrosoftTenant
    control: Control
    numbered: Numbered
    result: ScanResult
    details: Mapping[str, Any]
    decisions: Sequence[Disposition]
    """In force now, of the whole control first, then of its objects."""
    attestation: Attestation | None
    history: Sequence[tuple[ScanResult, Scan]]
    newest: PostureState | None
    """Where the control stands now; this verdict may be an older one."""

    @property
    def is_newest(self) -> bool:
        return self.newest is None or self.newest.scan_id == self.scan.id

    @property
    def can_be_decided(self) -> bool:
        """Nothing is decided in advance, and about a verdict that was overtaken only while it still holds."""
        return self.newest is not None and self.newest.status is Status.FAIL

    @property
    def can_be_attested(self) -> bool:
        return self.control.assessment is not Assessment.AUTOMATIC

    @property
    def decision(self) -> Disposition | None:
        return next((one for one in self.decisions if one.object_id is None), None)

    @property
    def is_open(self) -> bool:
        decided = self.decision is not None and self.decision.kind is not Kind.REMEDIATION_PLANNED
        return self.result.status is Status.FAIL and not decided

    @property
    def excused(self) -> frozenset[str]:
        """The objects somebody decided about one by one."""
        return frozenset(one.object_id for one in self.decisions if one.object_id is not None)

    @property
    def judged_at(self) -> datetime | None:
        return self.scan.completed_at

    def name_of(self, object_id: str) -> str | None:
        """What an affected object is called; None for one that is not affected."""
        return next((one["name"] for one in self.details["affected"] if one["id"] == object_id), None)


def verdict_view(work: Work, scan_id: UUID, control: str) -> VerdictView:
    """Raises NotFound for a scan or a control that is not there."""
    scan = Scans(work).get(scan_id).scan
    known, result = all_controls().get(control), result_of(work, scan_id, control)
    if known is None or result is None:
        raise NotFound(what="verdict")
    of = scan.microsoft_tenant_id
    state = select(PostureState).where(PostureState.microsoft_tenant_id == of, PostureState.control == control)
    decisions = Dispositions(work).in_force(of, control)
    attestations = Attestations(work).in_force(of, control)
    return VerdictView(
        scan=scan,
        tenant=work.session.one(MicrosoftTenant, of),
        control=known,
        numbered=known.benchmarks[scan.benchmark],
        result=result,
        details=details_of(work.session, scan, [result])[0],
        decisions=sorted(decisions, key=lambda one: one.object_id is not None),
        attestation=attestations[-1] if attestations else None,
        history=history_of(work, of, control),
        newest=work.session.scalars(state).one_or_none(),
    )
