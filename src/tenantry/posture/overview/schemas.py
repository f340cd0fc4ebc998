"""Where posture stands, for programs."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from tenantry.posture.overview.standing import Score, Standing
from tenantry.posture.verdicts import Status


class ScoreOut(BaseModel):
    """Counts with their denominators; `percent` is of what was evaluated or attested, and null when nothing was."""

    passed: int
    failed: int
    excepted: int
    attested: int
    manual: int
    not_applicable: int
    errors: int
    not_run: int
    evaluated: int
    total: int
    percent: int | None
    words: str

    @classmethod
    def of(cls, score: Score) -> Self:
        return cls.model_validate(score, from_attributes=True)


class StandingOut(BaseModel):
    """One control now. `answer` is the status, or what somebody vouches for in its place."""

    key: str
    check_id: str
    title: str
    level: str
    status: Status
    answer: Status
    is_open: bool
    since: datetime | None
    scanned_at: datetime | None
    summary: str
    scan_id: UUID | None
    disposition: str | None
    disposition_expires_at: datetime | None
    attested_until: datetime | None

    @classmethod
    def of(cls, one: Standing) -> Self:
        decided, attested = one.disposition, one.attestation
        return cls(
            key=one.control.key,
            check_id=one.numbered.number,
            title=one.control.title,
            level=one.numbered.level,
            status=one.status,
            answer=one.answer,
            is_open=one.is_open,
            since=one.since,
            scanned_at=one.scanned_at,
            summary=one.summary,
            scan_id=one.scan_id,
            disposition=decided.kind.value if decided else None,
            disposition_expires_at=decided.expires_at if decided else None,
            attested_until=attested.valid_until if attested else None,
        )


class StandingsOut(BaseModel):
    """Where one Microsoft tenant stands."""

    m365_tenant_id: UUID
    benchmark: str
    score: ScoreOut
    items: list[StandingOut]


class FleetTenantOut(BaseModel):
    """One column of the matrix: statuses by control key; a control that is missing was never judged."""

    m365_tenant_id: UUID
    name: str
    scanned_at: datetime | None
    statuses: dict[str, Status]


class FleetOut(BaseModel):
    """A page of the matrix, Microsoft tenants by name."""

    benchmark: str
    items: list[FleetTenantOut]
    next_cursor: str | None


class TrendPointOut(BaseModel):
    """One whole scan."""

    scan_id: UUID
    completed_at: datetime
    passed: int
    failed: int
    errors: int
    manual: int
    not_applicable: int


class ComparedOut(BaseModel):
    """One control in two scans; null where a scan did not judge it."""

    key: str
    check_id: str
    title: str
    left: Status | None
    right: Status | None
    differs: bool


class ComparisonOut(BaseModel):
    """Two scans, matched by control."""

    left: UUID
    right: UUID
    items: list[ComparedOut]
