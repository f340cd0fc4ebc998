"""The report as SARIF 2.1.0: a run of one tool, a rule per control, a result per verdict.

Configuration has no file and no line, so results stand at logical locations.
"""

from datetime import UTC, datetime
from typing import Any, Final

import orjson

from tenantry.posture.exports.product import NAME, own_version
from tenantry.posture.exports.report import EXCUSING, Decision, Report, Result
from tenantry.posture.exports.texts import KIND_WORDS, day
from tenantry.posture.scans.models import Change
from tenantry.posture.scans.service import ScanStatus
from tenantry.posture.verdicts import Affected, Status

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KINDS: Final = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.MANUAL: "review",
    Status.NOT_APPLICABLE: "notApplicable",
    Status.ERROR: "open",
    Status.NOT_RUN: "open",
}
"""`open`: evaluated, and not decided for lack of information."""
_BASELINES: Final = {Change.NEW: "new", Change.UNCHANGED: "unchanged"}


def sarif_report(report: Report) -> bytes:
    run = {
        "tool": {"driver": _driver(report)},
        "invocations": [_invocation(report)],
        "results": [_result(report, result, place) for place, result in enumerate(report.results)],
        "columnKind": "unicodeCodePoints",
        "properties": {"microsoftTenant": report.customer, "score": report.score.sentence},
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def _driver(report: Report) -> dict[str, Any]:
    return {"name": NAME, "version": own_version(), "rules": [_rule(report, result) for result in report.results]}


def _rule(report: Report, result: Result) -> dict[str, Any]:
    steps = "\n".join(f"{place}. {step}" for place, step in enumerate(result.steps, 1))
    return {
        "id": result.control,
        "shortDescription": {"text": message(f"{result.number} {result.title}")},
        "fullDescription": {"text": message(result.expected or result.title)},
        **({"help": {"text": message(steps)}} if steps else {}),
        **({"helpUri": result.link} if result.link else {}),
        "defaultConfiguration": {"level": _level(result)},
        "properties": {
            "tags": [report.benchmark, result.number, result.level, result.licence, result.service],
            "assessment": result.assessment.value,
        },
    }


def _result(report: Report, result: Result, place: int) -> dict[str, Any]:
    return {
        "ruleId": result.control,
        "ruleIndex": place,
        "kind": _KINDS[result.status],
        "level": _level(result) if result.status is Status.FAIL else "none",
        "message": {"text": message(result.summary or result.title)},
        "locations": [{"logicalLocations": _locations(report, result)}],
        "partialFingerprints": {"tenantControl/v1": f"{report.entra_tenant_id}/{result.control}"},
        "baselineState": _BASELINES.get(result.change, "updated"),
        "suppressions": [_suppression(one) for one in _suppressing(result)],
        "properties": {
            "status": result.status.value,
            "cause": result.cause,
            "change": result.change.value,
            "since": result.since,
            "affectedTotal": result.affected_total,
            "observed": dict(result.observed),
        },
    }


def _level(result: Result) -> str:
    return "error" if result.level == "L1" else "warning"


def _locations(report: Report, result: Result) -> list[dict[str, Any]]:
    """The Microsoft tenant and, below it, every affected object."""
    tenant = {"name": report.customer, "fullyQualifiedName": str(report.entra_tenant_id), "kind": "resource"}
    return [tenant, *(_object(report, one) for one in result.affected)]


def _object(report: Report, one: Affected) -> dict[str, Any]:
    return {
        "name": one.name or one.id,
        "fullyQualifiedName": f"{report.entra_tenant_id}/{one.id}",
        "kind": "object",
        "properties": {"why": one.why},
    }


def _suppressing(result: Result) -> list[Decision]:
    """Decisions that cover the whole failure: SARIF suppresses results as a whole."""
    if result.status is not Status.FAIL or not result.is_excused:
        return []
    return [one for one in result.decisions if one.kind in EXCUSING]


def _suppression(one: Decision) -> dict[str, Any]:
    why = f"{KIND_WORDS[one.kind]} until {day(one.expires_at)} by {one.decided_by}: {one.reason}"
    return {"kind": "external", "status": "accepted", "justification": why}


def _invocation(report: Report) -> dict[str, Any]:
    times = {"startTimeUtc": report.started_at, "endTimeUtc": report.completed_at}
    found = {name: _time(value) for name, value in times.items() if value is not None}
    notes = [{"level": "error", "message": {"text": message(report.warning)}}] if report.warning else []
    return {
        "executionSuccessful": report.status is ScanStatus.COMPLETED,
        **found,
        "toolExecutionNotifications": notes,
    }


def _time(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def message(text: str) -> str:
    """A message without placeholders (§3.11.5) and without embedded links (§3.11.6), whatever the text holds."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
