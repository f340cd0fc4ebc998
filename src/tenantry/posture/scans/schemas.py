"""Scans and results in the words of document 003, with what it lacks beside them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tenantry.posture.scans.models import AuthMethod, Change, Engine, Scan, ScanResult
from tenantry.posture.scans.service import Profile, ScanOptions, ScanStatus, Seen
from tenantry.posture.verdicts import Cause, Status

_SHORT: Final = {Status.PASS: "Pass", Status.FAIL: "Fail", Status.ERROR: "Error"}
_IDS: Final = {Status.PASS: 1}
_NOT_PASSED: Final = 3
"""Document 003: 1 is a pass, 3 is everything that is none."""


class StartIn(BaseModel):
    """What to scan. A Microsoft tenant is named by our id or by its Entra tenant id."""

    model_config = ConfigDict(extra="forbid")

    m365_tenant_id: UUID | None = None
    m365_tenant_ids: Annotated[list[UUID] | None, Field(min_length=1, max_length=1000)] = None
    benchmark: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    l1_only: bool = False
    check_ids: Annotated[list[Annotated[str, Field(max_length=100)]] | None, Field(max_length=500)] = None
    licence_profile: Profile = Profile.E5
    output_format: Annotated[str, Field(pattern="^(json|csv|xlsx|ocsf|sarif|junit|html|pdf)$")] = "json"
    engine: Engine = Engine.NATIVE
    auth_method: Annotated[
        AuthMethod | None,
        Field(description="Of the PowerShell engine. Without it the first that is there, in the order listed."),
    ] = None

    @model_validator(mode="after")
    def _names_one_way(self) -> Self:
        if (self.m365_tenant_id is None) == (self.m365_tenant_ids is None):
            raise ValueError("name either m365_tenant_id or m365_tenant_ids")
        return self

    @property
    def wanted(self) -> list[UUID]:
        return self.m365_tenant_ids or ([self.m365_tenant_id] if self.m365_tenant_id else [])

    @property
    def options(self) -> ScanOptions:
        return ScanOptions.model_validate(self.model_dump(exclude={"m365_tenant_id", "m365_tenant_ids"}))


class StartedOut(BaseModel):
    scan_id: UUID
    m365_tenant_id: UUID
    status: ScanStatus


class RefusedOut(BaseModel):
    """What was asked for and not started: a Microsoft tenant, or a scan that was to be judged again."""

    m365_tenant_id: UUID | None = None
    scan_id: UUID | None = None
    code: str
    why: str


class StartOut(BaseModel):
    """What was started. With one Microsoft tenant `scan_id` and `status` are its scan's."""

    scan_id: UUID | None
    status: ScanStatus | None
    scans: list[StartedOut]
    refused: list[RefusedOut]


class ScanOut(BaseModel):
    """A scan and how far it is."""

    scan_id: UUID
    m365_tenant_id: UUID
    tech_type: str = "M365"
    benchmark: str
    engine: Engine
    scan_options: dict[str, Any]
    status: ScanStatus
    progress_percentage: int
    current_check: str | None
    total_checks: int
    passed: int
    failed: int
    errors: int
    manual: int
    not_applicable: int
    reevaluates: UUID | None
    job_id: UUID | None
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    error_message: str | None

    @classmethod
    def of(cls, seen: Seen) -> Self:
        row = seen.scan
        return cls(
            scan_id=row.id,
            m365_tenant_id=row.microsoft_tenant_id,
            benchmark=row.benchmark,
            engine=row.engine,
            scan_options=row.options,
            status=seen.status,
            progress_percentage=100 if seen.status is ScanStatus.COMPLETED else row.progress,
            current_check=row.current,
            total_checks=row.total,
            passed=row.passed,
            failed=row.failed,
            errors=row.errors,
            manual=row.manual,
            not_applicable=row.not_applicable,
            reevaluates=row.reevaluates,
            job_id=row.job_id,
            requested_by=row.requested_by,
            created_at=row.created_at,
            started_at=row.started_at,
            completed_at=row.completed_at,
            error_message=seen.problem,
        )


class ScanPageOut(BaseModel):
    """A page of scans, newest first."""

    items: list[ScanOut]
    next_cursor: str | None
    total: int


class ResultOut(BaseModel):
    """One verdict. The first fields are those of document 003; `verdict` is the exact status."""

    check_id: str
    category: str
    status: str
    status_id: int
    duration: float
    """Milliseconds."""
    details: list[dict[str, Any]]
    error: str | None
    key: str
    verdict: Status
    cause: Cause | None
    change: Change
    since: datetime
    summary: str
    affected: int
    missing_permission: str | None
    observed: dict[str, Any]
    review: list[str]
    fact: str | None
    sources: list[dict[str, Any]]
    inputs: dict[str, Any]

    @classmethod
    def of(cls, row: ScanResult, details: Mapping[str, Any]) -> Self:
        """`details` as `verdict_store.details_of` gives them."""
        compliant = row.status is Status.PASS
        affected = [
            {"ResourceName": one["name"], "ResourceId": one["id"], "Property": one["why"], "IsCompliant": compliant}
            for one in details["affected"]
        ]
        return cls(
            check_id=row.number,
            category=row.level,
            status=_SHORT.get(row.status, row.status.value.replace("_", " ").title()),
            status_id=_IDS.get(row.status, _NOT_PASSED),
            duration=row.milliseconds,
            details=affected,
            error=row.summary if row.status is Status.ERROR else None,
            key=row.control,
            verdict=row.status,
            cause=row.cause,
            change=row.change,
            since=row.since,
            summary=row.summary,
            affected=row.affected,
            missing_permission=row.missing_permission,
            observed=details["observed"],
            review=details["review"],
            fact=details["fact"],
            sources=details["sources"],
            inputs=details["inputs"],
        )


class ResultPageOut(BaseModel):
    """A page of verdicts in the order of their numbers."""

    scan_id: UUID
    items: list[ResultOut]
    next_cursor: str | None
    total: int


class ReevaluateIn(BaseModel):
    """Which evidence to judge again. Without scans, the newest one of every Microsoft tenant."""

    model_config = ConfigDict(extra="forbid")

    scan_ids: Annotated[list[UUID] | None, Field(min_length=1, max_length=1000)] = None
    benchmark: Annotated[str | None, Field(min_length=1, max_length=40)] = None


class ScheduleIn(BaseModel):
    """A scan that comes again, every 1 to 744 hours."""

    model_config = ConfigDict(extra="forbid")

    every_hours: Annotated[int, Field(ge=1, le=744)]
    benchmark: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    l1_only: bool = False
    licence_profile: Profile = Profile.E5


class ScheduleOut(BaseModel):
    m365_tenant_id: UUID
    every_hours: int
    options: dict[str, Any]
    next_at: datetime


def scan_of(started: Scan) -> StartedOut:
    return StartedOut(scan_id=started.id, m365_tenant_id=started.microsoft_tenant_id, status=ScanStatus.PENDING)
