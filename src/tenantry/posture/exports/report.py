"""A scan as it is handed on: what every format is made of. Nothing in here knows of a database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tenantry.posture.controls.catalogue import Assessment
from tenantry.posture.decisions.models import Kind
from tenantry.posture.scans.models import Change, Engine
from tenantry.posture.scans.service import ScanStatus
from tenantry.posture.verdicts import Affected, Cause, Status

EXCUSING: Final = frozenset({Kind.EXCEPTED, Kind.FALSE_POSITIVE})
"""Decisions after which a failure needs no further attention. Planned remediation is none: it still fails."""
UNVERIFIED: Final = frozenset({Status.ERROR, Status.NOT_RUN})


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset a verdict rests on: the request that brought it, when, how it ended, and the hash of what came."""

    dataset: str
    title: str
    request: str
    outcome: str
    collected_at: str | None
    digest: str | None
    missing_permission: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A disposition in force; `object_id` is None when it is about the whole control."""

    kind: Kind
    reason: str
    approver: str | None
    decided_by: str
    decided_at: datetime
    expires_at: datetime
    object_id: str | None
    object_name: str | None


@dataclass(frozen=True, slots=True)
class Attested:
    """What a person vouches for; one that lapsed or was withdrawn is none."""

    holds: bool
    owner: str
    evidence: str
    attested_by: str
    attested_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one control, with the control's words and what people decided about it.

    `affected` are the objects that were kept, `affected_total` is how many there are.
    """

    control: str
    number: str
    title: str
    level: str
    licence: str
    assessment: Assessment
    status: Status
    cause: Cause | None
    change: Change
    since: datetime
    summary: str
    expected: str
    observed: Mapping[str, Any]
    affected: Sequence[Affected]
    affected_total: int
    review: Sequence[str]
    fact: str | None
    sources: Sequence[Source]
    inputs: Mapping[str, Any]
    missing_permission: str | None
    steps: Sequence[str]
    portal: str
    decisions: Sequence[Decision] = ()
    attestation: Attested | None = None

    @property
    def service(self) -> str:
        return self.control.partition(".")[0]

    @property
    def link(self) -> str | None:
        """The address in Microsoft's portals, if it is one."""
        return self.portal if self.portal.startswith("https://") else None

    @property
    def is_excused(self) -> bool:
        """Whether a failure was excepted or called a false positive, as a whole or in every object. It still fails."""
        excusing = [decision for decision in self.decisions if decision.kind in EXCUSING]
        if any(decision.object_id is None for decision in excusing):
            return True
        covered = {decision.object_id for decision in excusing}
        known = {one.id for one in self.affected}
        return bool(known) and len(self.affected) == self.affected_total and known <= covered


@dataclass(frozen=True, slots=True)
class Score:
    """How the verdicts add up. Only passes and failures are evaluated; nothing else ever counts as either."""

    passed: int
    failed: int
    not_applicable: int
    unverified: int
    manual: int
    excused: int
    """Of the failures."""
    attested: int
    """Of the manual ones: those somebody vouches for."""

    @property
    def evaluated(self) -> int:
        return self.passed + self.failed

    @property
    def percent(self) -> int | None:
        """Of what was evaluated, rounded down: 100 means that nothing fails. None when nothing was evaluated."""
        return 100 * self.passed // self.evaluated if self.evaluated else None

    @property
    def sentence(self) -> str:
        """With its denominators."""
        return (
            f"{self.passed} of {self.evaluated} evaluated pass; {self.not_applicable} not applicable; "
            f"{self.unverified} not verified; {self.manual} manual"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """One scan of one Microsoft tenant. Times are in UTC."""

    scan_id: UUID
    customer: str
    domain: str | None
    entra_tenant_id: UUID
    organisation: str
    """Who made it."""
    requested_by: str
    benchmark: str
    profile: str
    level_1_only: bool
    engine: Engine
    status: ScanStatus
    problem: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    previous_at: datetime | None
    """When the scan before was completed; None for the first one."""
    made_at: datetime
    """When this report was made: decisions are those in force at that time."""
    total: int
    """Controls the scan was to judge."""
    results: Sequence[Result]
    """In the order of the benchmark's numbers."""

    @property
    def score(self) -> Score:
        """Controls that the scan did not come to are not verified."""
        counts = Counter(result.status for result in self.results)
        return Score(
            passed=counts[Status.PASS],
            failed=counts[Status.FAIL],
            not_applicable=counts[Status.NOT_APPLICABLE],
            unverified=sum(counts[status] for status in UNVERIFIED) + max(self.total - len(self.results), 0),
            manual=counts[Status.MANUAL],
            excused=sum(result.status is Status.FAIL and result.is_excused for result in self.results),
            attested=sum(
                result.status is Status.MANUAL and result.attestation is not None and result.attestation.holds
                for result in self.results
            ),
        )

    @property
    def warning(self) -> str | None:
        """What has to stand on top of every format: that this is not a completed scan. None for one that is."""
        if self.status is ScanStatus.COMPLETED:
            return None
        told = {
            ScanStatus.FAILED: "This scan failed. What follows is not a statement about this Microsoft tenant.",
            ScanStatus.CANCELLED: "This scan was cancelled before its end. What was not judged is not verified.",
        }.get(self.status, "This scan has not ended yet. What was not judged is not verified.")
        return f"{told} {self.problem or ''}".strip()

    @property
    def benchmark_title(self) -> str:
        """For people: `CIS Microsoft 365 Foundations Benchmark 7.0.0`."""
        family, _, version = self.benchmark.rpartition("-")
        return f"CIS Microsoft 365 Foundations Benchmark {version}" if family == "cis-m365" else self.benchmark

    @property
    def scanned_at(self) -> datetime:
        return self.completed_at or self.started_at or self.created_at

    def changed(self, change: Change) -> list[Result]:
        return [result for result in self.results if result.change is change]

    def with_status(self, *statuses: Status) -> list[Result]:
        return [result for result in self.results if result.status in statuses]

    @property
    def worst(self) -> list[Result]:
        """The failures that nobody excused: regressions first, then level 1, then by number."""
        failing = [result for result in self.with_status(Status.FAIL) if not result.is_excused]
        return sorted(failing, key=lambda one: (one.change is not Change.REGRESSED, one.level != "L1"))

    @property
    def unverified(self) -> list[Result]:
        return self.with_status(*UNVERIFIED)

    @property
    def decided(self) -> list[Result]:
        """Results that people decided about."""
        return [result for result in self.results if result.decisions or result.attestation]
