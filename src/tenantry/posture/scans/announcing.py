"""What people are told when a scan has ended."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.platform.notify import Message, Section, event_kind, tell
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import all_controls
from tenantry.posture.scans.models import Change, Scan, ScanResult
from tenantry.posture.verdicts import Status

COMPLETED: Final = event_kind(
    "scan.completed",
    "A scan has completed",
    "Its score, and what regressed or fails for the first time. A problem when there is any of these.",
)
FAILED: Final = event_kind("scan.failed", "A scan has failed", "It ended without a result. Always a problem.")
_LISTED: Final = 50


def announce_end(work: Work, scan: Scan) -> None:
    """Tells of stored verdicts; when none of them could be judged, that the scan has failed."""
    if scan.passed + scan.failed + scan.not_applicable == 0 and scan.errors:
        first = select(ScanResult.summary).where(ScanResult.scan_id == scan.id, ScanResult.status == Status.ERROR)
        why = work.session.scalars(first.order_by(ScanResult.position).limit(1)).one_or_none()
        announce_failure(work, scan, why or "No control could be judged.")
    else:
        _announce_verdicts(work, scan)


def announce_failure(work: Work, scan: Scan, why: str) -> None:
    """Tells of a scan once, however often its end is noticed."""
    tenant = work.session.one(MicrosoftTenant, scan.microsoft_tenant_id)
    message = Message(
        event=FAILED.name,
        subject=f"Scan of {tenant.name} failed",
        lead=why,
        is_problem=True,
        facts=_facts(scan, tenant),
        path=f"/posture/scans/{scan.id}",
        link="Open the scan",
        data=_data(scan, tenant),
    )
    tell(work, message, key=f"{FAILED.name}:{scan.id}", microsoft_tenant_id=tenant.id)


def score_words(scan: Scan) -> str:
    """The counts with what they are out of: only what was evaluated is in the score."""
    evaluated = scan.passed + scan.failed
    share = f" ({100 * scan.passed // evaluated} %)" if evaluated else ""
    told = [f"{scan.passed} of {evaluated} evaluated controls pass{share}", f"{scan.errors} not verified"]
    told += [f"{scan.manual} manual", f"{scan.not_applicable} not applicable"]
    return "; ".join(told)


def _announce_verdicts(work: Work, scan: Scan) -> None:
    tenant = work.session.one(MicrosoftTenant, scan.microsoft_tenant_id)
    regressed, new = _failing(work, scan, Change.REGRESSED), _failing(work, scan, Change.NEW)
    is_problem = bool(regressed or new)
    counted = f"{len(regressed)} regressed, {len(new)} fail for the first time"
    message = Message(
        event=COMPLETED.name,
        subject=f"Scan of {tenant.name}: {counted if is_problem else 'nothing got worse'}",
        lead=f"{score_words(scan)}.",
        is_problem=is_problem,
        facts=_facts(scan, tenant),
        sections=[
            *_listed("Regressed", regressed),
            *_listed("Fails for the first time", new),
        ],
        path=f"/posture/scans/{scan.id}",
        link="Open the scan",
        data={**_data(scan, tenant), "regressed": _keys(regressed), "new_failures": _keys(new)},
    )
    tell(work, message, key=f"{COMPLETED.name}:{scan.id}", microsoft_tenant_id=tenant.id)


def _failing(work: Work, scan: Scan, change: Change) -> Sequence[ScanResult]:
    query = select(ScanResult).where(
        ScanResult.scan_id == scan.id, ScanResult.status == Status.FAIL, ScanResult.change == change
    )
    return work.session.scalars(query.order_by(ScanResult.position)).all()


def _listed(title: str, rows: Sequence[ScanResult]) -> list[Section]:
    if not rows:
        return []
    lines = [f"{row.number} {_title(row)}" for row in rows[:_LISTED]]
    return [Section(title=f"{title} ({len(rows)})", lines=lines, more=len(rows) - len(lines))]


def _title(row: ScanResult) -> str:
    control = all_controls().get(row.control)
    return control.title if control else row.control


def _facts(scan: Scan, tenant: MicrosoftTenant) -> list[tuple[str, str]]:
    facts = [("Microsoft tenant", tenant.name), ("Domain", tenant.default_domain), ("Benchmark", scan.benchmark)]
    return [(name, value) for name, value in (*facts, ("Asked for by", scan.requested_by)) if value]


def _data(scan: Scan, tenant: MicrosoftTenant) -> dict[str, object]:
    names = ("total", "passed", "failed", "errors", "manual", "not_applicable")
    return {
        "scan_id": str(scan.id),
        "microsoft_tenant_id": str(tenant.id),
        "entra_tenant_id": str(tenant.entra_tenant_id),
        "benchmark": scan.benchmark,
        "counts": {name: getattr(scan, name) for name in names},
    }


def _keys(rows: Sequence[ScanResult]) -> list[str]:
    return [row.control for row in rows]
