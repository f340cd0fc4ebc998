"""Where one Microsoft tenant stands: every control with its verdict, and what people decided about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Control, Numbered, controls_of
from tenantry.posture.decisions.models import Attestation, Disposition, Kind
from tenantry.posture.decisions.service import Attestations, Dispositions
from tenantry.posture.scans.models import PostureState
from tenantry.posture.scans.permissions import READ
from tenantry.posture.verdicts import Status


@dataclass(frozen=True, slots=True)
class Standing:
    """One control now. `status` is the machine's; an attestation answers where that is `manual`."""

    control: Control
    numbered: Numbered
    status: Status
    since: datetime | None
    scanned_at: datetime | None
    summary: str
    scan_id: UUID | None
    disposition: Disposition | None = None
    """The decision about the whole control that is in force."""
    attestation: Attestation | None = None
    """The one in force."""

    @property
    def answer(self) -> Status:
        """The status, or what somebody vouches for in its place."""
        if self.status is not Status.MANUAL or self.attestation is None:
            return self.status
        return Status.PASS if self.attestation.holds else Status.FAIL

    @property
    def is_open(self) -> bool:
        """A failure nobody has decided about; a planned remediation is still open."""
        decided = self.disposition is not None and self.disposition.kind is not Kind.REMEDIATION_PLANNED
        return self.answer is Status.FAIL and not decided


@dataclass(frozen=True, slots=True)
class Score:
    """Counts with their denominators: only what was evaluated or attested is in `percent`."""

    passed: int
    failed: int
    excepted: int
    """Of the failed: those somebody excepted, or called a false positive."""
    attested: int
    """Of the passed and the failed: those that a person answered. A scan alone counts them as manual."""
    manual: int
    not_applicable: int
    errors: int
    not_run: int

    @property
    def evaluated(self) -> int:
        return self.passed + self.failed

    @property
    def basis(self) -> str:
        """What `percent` is out of."""
        return "evaluated or attested" if self.attested else "evaluated"

    @property
    def total(self) -> int:
        return self.evaluated + self.manual + self.not_applicable + self.errors + self.not_run

    @property
    def percent(self) -> int | None:
        """Of what was evaluated, rounded down: 100 means that nothing fails. None when nothing was evaluated."""
        return 100 * self.passed // self.evaluated if self.evaluated else None

    @property
    def words(self) -> str:
        told = [f"{self.passed} of {self.evaluated} {self.basis} pass", f"{self.errors} not verified"]
        told += [f"{self.manual} to attest", f"{self.not_applicable} not applicable"]
        if self.not_run:
            told.append(f"{self.not_run} not run")
        return "; ".join(told)


def standings_of(work: Work, microsoft_tenant_id: UUID, benchmark: str) -> list[Standing]:
    """Every control of a benchmark, in the order of its numbers; one that was never judged is `not_run`."""
    work.actor.require(READ, on=microsoft_tenant_id)
    query = select(PostureState).where(PostureState.microsoft_tenant_id == microsoft_tenant_id)
    states = {row.control: row for row in work.session.scalars(query)}
    decided = {one.control: one for one in Dispositions(work).in_force(microsoft_tenant_id) if one.object_id is None}
    attested = {one.control: one for one in Attestations(work).in_force(microsoft_tenant_id)}
    return [_standing(control, benchmark, states, decided, attested) for control in controls_of(benchmark)]


def score_of(standings: Sequence[Standing]) -> Score:
    answers = [one.answer for one in standings]
    excepted = sum(one.answer is Status.FAIL and not one.is_open for one in standings)
    counted = {status: answers.count(status) for status in Status}
    return Score(
        passed=counted[Status.PASS],
        failed=counted[Status.FAIL],
        excepted=excepted,
        attested=sum(one.answer is not one.status for one in standings),
        manual=counted[Status.MANUAL],
        not_applicable=counted[Status.NOT_APPLICABLE],
        errors=counted[Status.ERROR],
        not_run=counted[Status.NOT_RUN],
    )


def _standing(
    control: Control,
    benchmark: str,
    states: Mapping[str, PostureState],
    decided: Mapping[str, Disposition],
    attested: Mapping[str, Attestation],
) -> Standing:
    state = states.get(control.key)
    return Standing(
        control,
        control.benchmarks[benchmark],
        state.status if state else Status.NOT_RUN,
        state.since if state else None,
        state.scanned_at if state else None,
        state.summary if state else "No scan has judged this control yet.",
        state.scan_id if state else None,
        decided.get(control.key),
        attested.get(control.key),
    )
