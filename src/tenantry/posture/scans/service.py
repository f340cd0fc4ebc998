"""Starting, finding and ending scans."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.kit.secret import Secret
from tenantry.platform.jobs import JobAlreadyRunning, Jobs
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Control, benchmarks, controls_of
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.scans.engines import engine_of
from tenantry.posture.scans.models import AuthMethod, Engine, Scan
from tenantry.posture.scans.permissions import READ, SCAN

SCAN_JOB: Final = "posture.scan"


class ScanStatus(StrEnum):
    """In the words of document 003; the job says which."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


STATUS_OF: Final = {
    JobState.QUEUED: ScanStatus.PENDING,
    JobState.RUNNING: ScanStatus.RUNNING,
    JobState.SUCCEEDED: ScanStatus.COMPLETED,
    JobState.FAILED: ScanStatus.FAILED,
    JobState.CANCELLED: ScanStatus.CANCELLED,
}
OPEN: Final = frozenset({ScanStatus.PENDING, ScanStatus.RUNNING})


class ScanAlreadyRunning(Conflict):
    """This Microsoft tenant is being scanned already (scan {scan_id}). Wait for it, or cancel it first."""


class Profile(StrEnum):
    """What a Microsoft tenant is measured by: E3 leaves out what only E5 licences can do."""

    E3 = "E3"
    E5 = "E5"


class ScanOptions(BaseModel):
    """What is judged and how. `check_ids` are control keys or numbers of the benchmark; None means all."""

    model_config = ConfigDict(extra="forbid")

    benchmark: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    l1_only: bool = False
    check_ids: Annotated[list[str] | None, Field(max_length=500)] = None
    licence_profile: Profile = Profile.E5
    output_format: Annotated[str, Field(pattern="^(json|csv|xlsx|ocsf|sarif|junit|html|pdf)$")] = "json"
    engine: Engine = Engine.NATIVE
    auth_method: AuthMethod | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A scan with the job that says how far it is."""

    scan: Scan
    job: Job | None

    @property
    def status(self) -> ScanStatus:
        """A scan whose job is gone has ended: verdicts it stored stay, and without any it has failed."""
        if self.job is not None:
            return STATUS_OF[self.job.state]
        return ScanStatus.COMPLETED if self.scan.completed_at else ScanStatus.FAILED

    @property
    def problem(self) -> str | None:
        return self.scan.problem or (self.job.error_message if self.job else None)


@dataclass(frozen=True, slots=True)
class Scans:
    """The scans of the actor's tenant."""

    work: Work

    def start(self, microsoft_tenant_id: UUID, options: ScanOptions) -> Scan:
        """Raises NotFound, InvalidInput, Conflict for a Microsoft tenant that cannot be asked, ScanAlreadyRunning."""
        self.work.actor.require(SCAN, on=microsoft_tenant_id)
        tenant = self.work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant")
        require_scannable(tenant)
        engine = engine_of(options.engine)
        benchmark = options.benchmark or engine.benchmark or settings_of(self.work.session, tenant.id).benchmark
        if engine.benchmark not in (None, benchmark):
            raise InvalidInput(why=f"the engine {options.engine.value} knows {engine.benchmark} only")
        chosen = chosen_controls(benchmark, options)
        engine.require_ready(self.work, tenant.id, options.auth_method)
        row = self._row(tenant, options, benchmark)
        row.total = len(chosen)
        self._enqueue(row)
        return row

    def reevaluate(self, scan_id: UUID, benchmark: str | None = None) -> Scan:
        """Judges the evidence of an earlier scan again, without asking Microsoft. Raises Conflict without evidence."""
        earlier = self.get(scan_id).scan
        self.work.actor.require(SCAN, on=earlier.microsoft_tenant_id)
        if earlier.completed_at is None or earlier.engine is not Engine.NATIVE:
            raise Conflict(why="only a completed scan of the native engine has evidence to judge again")
        options = ScanOptions.model_validate(earlier.options)
        tenant = self.work.session.one(MicrosoftTenant, earlier.microsoft_tenant_id)
        row = self._row(tenant, options, benchmark or earlier.benchmark)
        row.reevaluates = earlier.reevaluates or earlier.id
        row.total = len(chosen_controls(row.benchmark, options))
        self._enqueue(row)
        return row

    def of_job(self, scan_id: UUID, job_id: UUID) -> Scan:
        """The scan that this job carries out. Work that is run again is a new job with the old arguments; it gets a
        new scan, since the verdicts of the earlier one stay what they are.
        """
        asked = self.work.session.one(Scan, scan_id)
        if asked.job_id == job_id:
            return asked
        found = self.work.session.scalars(select(Scan).where(Scan.job_id == job_id)).one_or_none()
        return found or self._again(asked, job_id)

    def _again(self, earlier: Scan, job_id: UUID) -> Scan:
        options = ScanOptions.model_validate(earlier.options)
        tenant = self.work.session.one(MicrosoftTenant, earlier.microsoft_tenant_id)
        row = self._row(tenant, options, earlier.benchmark)
        row.job_id, row.reevaluates, row.total = job_id, earlier.reevaluates, earlier.total
        row.requested_by = earlier.requested_by
        self.work.session.add(row)
        self.work.session.flush()
        self.work.audit.record("scan.started", row, benchmark=row.benchmark, engine=row.engine.value)
        return row

    def get(self, scan_id: UUID) -> Seen:
        """Raises NotFound, also for a scan of a Microsoft tenant outside the actor's scope."""
        self.work.actor.require(READ)
        scan = self.work.one(Scan, scan_id, "scan")
        return Seen(scan, self._job(scan))

    def recent(self, *, microsoft_tenant_id: UUID | None = None, status: ScanStatus | None = None) -> Any:
        """A statement over scans, for paging."""
        self.work.actor.require(READ)
        query = select(Scan)
        if self.work.actor.scope is not None:
            query = query.where(Scan.microsoft_tenant_id.in_(self.work.actor.scope))
        if microsoft_tenant_id is not None:
            query = query.where(Scan.microsoft_tenant_id == microsoft_tenant_id)
        if status is not None:
            state = next(state for state, meant in STATUS_OF.items() if meant is status)
            query = query.where(Scan.job_id.in_(select(Job.id).where(Job.state == state)))
        return query

    def seen(self, scans: Sequence[Scan]) -> list[Seen]:
        """These scans with their jobs."""
        jobs = select(Job).where(Job.id.in_([scan.job_id for scan in scans if scan.job_id]))
        by_id = {job.id: job for job in self.work.session.scalars(jobs)}
        return [Seen(scan, by_id.get(scan.job_id) if scan.job_id else None) for scan in scans]

    def cancel(self, scan_id: UUID) -> Seen:
        """Raises Conflict for a scan that has ended."""
        seen = self.get(scan_id)
        self.work.actor.require(SCAN, on=seen.scan.microsoft_tenant_id)
        if seen.job is None or not Jobs(self.work).stop_one(seen.job.id):
            raise Conflict(why=f"the scan has {self.get(scan_id).status.value} already")
        self.work.audit.record("scan.cancelled", seen.scan)
        self.work.session.flush()
        return self.get(scan_id)

    def _enqueue(self, row: Scan) -> None:
        self.work.session.add(row)
        self.work.session.flush()
        try:
            job = Jobs(self.work).enqueue(SCAN_JOB, {"scan_id": str(row.id)}, subject_id=row.microsoft_tenant_id)
        except JobAlreadyRunning as running:
            other = select(Scan.id).where(Scan.job_id == running.facts["job_id"])
            found = self.work.session.scalar(other)
            raise ScanAlreadyRunning(scan_id=found or "of another kind", why="") from running
        row.job_id = job.id
        self.work.audit.record("scan.started", row, benchmark=row.benchmark, engine=row.engine.value)

    def _row(self, tenant: MicrosoftTenant, options: ScanOptions, benchmark: str) -> Scan:
        row = Scan(
            microsoft_tenant_id=tenant.id,
            engine=options.engine,
            benchmark=benchmark,
            options=options.model_dump(mode="json"),
            requested_by=self.work.actor.label[:254],
            created_at=self.work.clock.now(),
        )
        for count in ("progress", "total", "passed", "failed", "errors", "manual", "not_applicable"):
            setattr(row, count, 0)
        return row

    def _job(self, scan: Scan) -> Job | None:
        if scan.job_id is None:
            return None
        return self.work.session.scalars(select(Job).where(Job.id == scan.job_id)).one_or_none()


def latest_scans(work: Work) -> list[Scan]:
    """The newest scan with evidence of its own of each of the actor's Microsoft tenants."""
    newest = (
        select(Scan.microsoft_tenant_id, func.max(Scan.created_at).label("at"))
        .where(Scan.completed_at.is_not(None), Scan.reevaluates.is_(None), Scan.engine == Engine.NATIVE)
        .group_by(Scan.microsoft_tenant_id)
        .subquery()
    )
    same = (Scan.microsoft_tenant_id == newest.c.microsoft_tenant_id) & (Scan.created_at == newest.c.at)
    query = Scans(work).recent().join(newest, same).where(Scan.completed_at.is_not(None), Scan.reevaluates.is_(None))
    found = {scan.microsoft_tenant_id: scan for scan in work.session.scalars(query)}
    return list(found.values())


def chosen_controls(benchmark: str, options: ScanOptions) -> list[Control]:
    """The controls a scan judges, in the order of their numbers. Raises InvalidInput for what does not exist."""
    if benchmark not in benchmarks():
        raise InvalidInput(why=f"known benchmarks are {', '.join(benchmarks())}, not {benchmark[:64]}")
    controls = controls_of(benchmark)
    if options.check_ids is not None:
        controls = _named(controls, benchmark, options.check_ids)
    found = [one for one in controls if not (options.l1_only and one.benchmarks[benchmark].level != "L1")]
    found = [one for one in found if options.licence_profile is Profile.E5 or one.benchmarks[benchmark].licence == "E3"]
    if not found:
        raise InvalidInput(why="these options leave no control to judge")
    return found


def _named(controls: Sequence[Control], benchmark: str, names: Sequence[str]) -> tuple[Control, ...]:
    known = {one.key: one for one in controls} | {one.benchmarks[benchmark].number: one for one in controls}
    if unknown := [name for name in names if name not in known]:
        raise InvalidInput(why=f"{benchmark} has no control {', '.join(name[:64] for name in unknown[:5])}")
    wanted = {known[name].key for name in names}
    return tuple(one for one in controls if one.key in wanted)


def hashed(secret: Secret) -> bytes:
    """Enough for a random secret of 256 bits, which needs no slow hash."""
    return hashlib.sha256(secret.reveal().encode()).digest()


def require_webhook_secret(scan: Scan | None, given: str | None) -> Scan:
    """Raises NotFound for a scan that does not exist and for a wrong secret alike: a guess learns nothing."""
    expected = scan.webhook_hash if scan is not None and scan.webhook_hash else bytes(32)
    fits = hmac.compare_digest(expected, hashlib.sha256((given or "").encode(errors="replace")).digest())
    if scan is None or not fits:
        raise NotFound(what="scan")
    return scan


def require_scannable(tenant: MicrosoftTenant) -> None:
    """Raises Conflict for a Microsoft tenant that cannot be asked."""
    if tenant.access is Access.LIGHTHOUSE:
        raise Conflict(why="Lighthouse reaches Azure only; a scan needs an application in the Microsoft tenant")
    if tenant.lifecycle in (Lifecycle.PAUSED, Lifecycle.OFFBOARDED):
        raise Conflict(why=f"it is {tenant.lifecycle.value}")
