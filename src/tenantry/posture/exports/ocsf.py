"""The report as OCSF 1.5.0: an array of Detection Findings (class 2004), one per control.

A finding keeps its `finding_info.uid` from scan to scan, so that a later scan updates or closes it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import orjson

from tenantry.posture.decisions.models import Kind
from tenantry.posture.exports.product import NAME, own_version
from tenantry.posture.exports.report import UNVERIFIED, Report, Result
from tenantry.posture.exports.texts import STATUS_WORDS
from tenantry.posture.scans.models import Change
from tenantry.posture.verdicts import Status

VERSION: Final = "1.5.0"
_CATEGORY: Final = 2
_CLASS: Final = 2004
_ACTIVITIES: Final = {1: "Create", 2: "Update", 3: "Close"}
_ACTIVITY_OF: Final = {Change.NEW: 1, Change.REGRESSED: 1, Change.FIXED: 3, Change.UNCHANGED: 2, Change.CHANGED: 2}
_SEVERITIES: Final = {0: "Unknown", 1: "Informational", 3: "Medium", 4: "High"}
_OTHER: Final = 99
_STATUSES: Final = {1: "New", 2: "In Progress", 3: "Suppressed", 4: "Resolved"}
_MICROSOFT_365_TENANT: Final = 17


def ocsf_report(report: Report) -> bytes:
    """A scan that did not complete is a finding itself, the first one."""
    events = [_event(report, result) for result in report.results]
    return orjson.dumps([*_scan_event(report), *events], option=orjson.OPT_NON_STR_KEYS)


def _scan_event(report: Report) -> list[dict[str, Any]]:
    if report.warning is None:
        return []
    uid = f"{report.entra_tenant_id}/{report.scan_id}"
    return [
        {
            **_classified(report, 1, 0),
            "status_id": _OTHER,
            "status": report.status.value,
            "message": report.warning,
            "is_alert": True,
            "finding_info": {"uid": uid, "title": "The scan did not complete", "desc": report.warning},
            "metadata": _metadata(report, "scan"),
            "cloud": _cloud(report),
        }
    ]


def _classified(report: Report, activity: int, severity: int) -> dict[str, Any]:
    return {
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity],
        "category_uid": _CATEGORY,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Detection Finding",
        "type_uid": _CLASS * 100 + activity,
        "type_name": f"Detection Finding: {_ACTIVITIES[activity]}",
        "time": _milliseconds(report.scanned_at),
        "severity_id": severity,
        "severity": _SEVERITIES[severity],
    }


def _event(report: Report, result: Result) -> dict[str, Any]:
    status = _status(result)
    found = {
        **_classified(report, _ACTIVITY_OF[result.change], _severity(result)),
        "status_id": status,
        "status": _STATUSES.get(status, STATUS_WORDS[result.status]),
        "status_code": result.status.value,
        "status_detail": result.cause.value if result.cause else None,
        "message": result.summary,
        "is_alert": result.status is Status.FAIL and not result.is_excused,
        "finding_info": _finding(report, result),
        "metadata": _metadata(report, result.control),
        "cloud": _cloud(report),
        "resources": [
            {"uid": one.id, "name": one.name, "data": {"why": one.why}} if one.id else {"name": one.name}
            for one in result.affected
            if one.id or one.name
        ],
        "evidences": [{"name": one.title, "data": asdict(one)} for one in result.sources],
        "remediation": _remediation(result),
        "unmapped": _unmapped(report, result),
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def _severity(result: Result) -> int:
    """The benchmark has levels and no severities: level 1 is what everybody should have."""
    if result.status in UNVERIFIED:
        return 0
    if result.status is not Status.FAIL:
        return 1
    return 4 if result.level == "L1" else 3


def _status(result: Result) -> int:
    """Suppressed by a decision, in progress with planned remediation; what is no judgement is `Other`."""
    if result.status is Status.PASS:
        return 4
    if result.status is not Status.FAIL:
        return _OTHER
    if result.is_excused:
        return 3
    return 2 if any(one.kind is Kind.REMEDIATION_PLANNED for one in result.decisions) else 1


def _finding(report: Report, result: Result) -> dict[str, Any]:
    return {
        "uid": f"{report.entra_tenant_id}/{result.control}",
        "title": f"{result.number} {result.title}",
        "desc": result.expected or result.title,
        "types": ["Posture"],
        "created_time": _milliseconds(result.since),
        "modified_time": _milliseconds(report.scanned_at),
        "data_sources": [one.request for one in result.sources],
    }


def _metadata(report: Report, about: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "product": {"name": NAME, "vendor_name": NAME, "version": own_version(), "feature": {"name": "Posture"}},
        "profiles": ["cloud"],
        "uid": f"{report.scan_id}/{about}",
        "event_code": about,
        "tenant_uid": str(report.entra_tenant_id),
        "log_name": report.benchmark,
        "log_provider": NAME,
        "correlation_uid": str(report.scan_id),
    }


def _cloud(report: Report) -> dict[str, Any]:
    account = {
        "uid": str(report.entra_tenant_id),
        "name": report.customer,
        "type": "M365 Tenant",
        "type_id": _MICROSOFT_365_TENANT,
    }
    return {"provider": "Microsoft", "account": account}


def _remediation(result: Result) -> dict[str, Any] | None:
    if not result.steps:
        return None
    return {"desc": " ".join(result.steps), **({"references": [result.link]} if result.link else {})}


def _unmapped(report: Report, result: Result) -> Mapping[str, Any]:
    """What the class has no place for: the benchmark's numbers, what was observed, what people decided."""
    values = asdict(result)
    kept = ("number", "level", "licence", "change", "observed", "inputs", "review", "fact", "missing_permission")
    return {
        "benchmark": report.benchmark,
        "scan_state": report.status.value,
        "affected_total": result.affected_total,
        **{name: values[name] for name in kept},
        "decisions": values["decisions"],
        "attestation": values["attestation"],
    }


def _milliseconds(value: datetime) -> int:
    return int(value.timestamp() * 1000)
