"""Reading a report from the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Assessment, Control, Numbered, all_controls
from tenantry.posture.decisions.models import Attestation, Disposition
from tenantry.posture.decisions.service import Attestations, Dispositions
from tenantry.posture.exports.report import Attested, Decision, Report, Result, Source
from tenantry.posture.scans.models import Scan, ScanResult
from tenantry.posture.scans.service import ScanOptions, Scans
from tenantry.posture.scans.verdict_store import details_of
from tenantry.posture.verdicts import Affected


def report_of(work: Work, scan_id: UUID) -> Report:
    """The scan with everything people decided until now. Changes nothing. Raises NotFound, also outside the scope."""
    seen = Scans(work).get(scan_id)
    scan = seen.scan
    tenant = work.session.one(MicrosoftTenant, scan.microsoft_tenant_id)
    maker = work.session.get(Tenant, work.session.tenant_id)
    options = ScanOptions.model_validate(scan.options)
    return Report(
        scan_id=scan.id,
        customer=tenant.name,
        domain=tenant.default_domain,
        entra_tenant_id=tenant.entra_tenant_id,
        organisation=maker.name if maker else "",
        requested_by=scan.requested_by,
        benchmark=scan.benchmark,
        profile=options.licence_profile.value,
        level_1_only=options.l1_only,
        engine=scan.engine,
        status=seen.status,
        problem=seen.problem,
        created_at=scan.created_at,
        started_at=scan.started_at,
        completed_at=scan.completed_at,
        previous_at=_previous(work, scan),
        made_at=work.clock.now(),
        total=scan.total,
        results=_results(work, scan),
    )


def _results(work: Work, scan: Scan) -> Sequence[Result]:
    decisions = _decisions(work, scan.microsoft_tenant_id)
    attestations = {row.control: _attested(row) for row in Attestations(work).in_force(scan.microsoft_tenant_id)}
    query = select(ScanResult).where(ScanResult.scan_id == scan.id).order_by(ScanResult.position, ScanResult.control)
    rows = work.session.scalars(query).all()
    return tuple(
        _result(row, details, scan.benchmark, decisions.get(row.control, ()), attestations.get(row.control))
        for row, details in zip(rows, details_of(work.session, scan, rows), strict=True)
    )


def _result(
    row: ScanResult,
    details: Mapping[str, Any],
    benchmark: str,
    decisions: Sequence[Decision],
    attestation: Attested | None,
) -> Result:
    control = all_controls().get(row.control) or _forgotten(row, benchmark)
    numbered = control.benchmarks.get(benchmark)
    return Result(
        control=row.control,
        number=row.number,
        title=control.title,
        level=row.level,
        licence=numbered.licence if numbered else "",
        assessment=control.assessment,
        status=row.status,
        cause=row.cause,
        change=row.change,
        since=row.since,
        summary=row.summary,
        expected=control.expected,
        observed=details.get("observed") or {},
        affected=tuple(_affected(details.get("affected") or ())),
        affected_total=row.affected,
        review=tuple(details.get("review") or ()),
        fact=details.get("fact"),
        sources=tuple(_source(one) for one in details.get("sources") or ()),
        inputs=details.get("inputs") or {},
        missing_permission=row.missing_permission,
        steps=control.steps,
        portal=control.portal,
        decisions=tuple(decisions),
        attestation=attestation,
    )


def _forgotten(row: ScanResult, benchmark: str) -> Control:
    """A control that is no longer in the catalogue: its verdicts stay, under its key."""
    numbered = {benchmark: Numbered(row.number, row.level, "")}
    return Control(row.control, row.control, Assessment.AUTOMATIC, numbered, "", (), "")


def _affected(rows: Iterable[Mapping[str, Any]]) -> Iterable[Affected]:
    return (Affected(*(str(row.get(name) or "") for name in ("id", "name", "why"))) for row in rows)


def _source(row: Mapping[str, Any]) -> Source:
    return Source(
        dataset=str(row.get("dataset") or ""),
        title=str(row.get("title") or ""),
        request=str(row.get("request") or ""),
        outcome=str(row.get("outcome") or ""),
        collected_at=row.get("collected_at"),
        digest=row.get("digest"),
        missing_permission=row.get("missing_permission"),
        problem=row.get("problem"),
    )


def _decisions(work: Work, microsoft_tenant_id: UUID) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = defaultdict(list)
    for row in Dispositions(work).in_force(microsoft_tenant_id):
        found[row.control].append(_decision(row))
    return found


def _decision(row: Disposition) -> Decision:
    return Decision(
        kind=row.kind,
        reason=row.reason,
        approver=row.approver,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        expires_at=row.expires_at,
        object_id=row.object_id,
        object_name=row.object_name,
    )


def _attested(row: Attestation) -> Attested:
    return Attested(row.holds, row.owner, row.evidence, row.attested_by, row.attested_at, row.valid_until)


def _previous(work: Work, scan: Scan) -> datetime | None:
    earlier = select(Scan.completed_at).where(
        Scan.microsoft_tenant_id == scan.microsoft_tenant_id,
        Scan.completed_at.is_not(None),
        Scan.created_at < scan.created_at,
    )
    return work.session.scalar(earlier.order_by(Scan.created_at.desc()).limit(1))
