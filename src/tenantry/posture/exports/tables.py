"""The report as CSV and as an Excel workbook, over the one mechanism that makes cells safe."""

from collections.abc import Iterator, Sequence
from typing import Final

from tenantry.posture.exports.report import Report, Result
from tenantry.posture.exports.texts import (
    CAUSE_WORDS,
    CHANGE_WORDS,
    KIND_WORDS,
    STATUS_WORDS,
    day,
    plain_json,
)
from tenantry.web.downloads import Row, Sheet, csv_file, workbook

RESULT_COLUMNS: Final = (
    *("Control", "Number", "Title", "Level", "Licence", "Service", "Status", "Cause", "Change", "Since", "Summary"),
    *("Expected", "Observed", "Affected", "Affected objects", "For review", "Missing permission", "Inputs"),
    *("Decisions", "Attestation", "Remediation", "Portal", "Sources"),
)
AFFECTED_COLUMNS: Final = ("Control", "Number", "Title", "Object id", "Object", "Why")
_NAMED: Final = 20
"""Affected objects that a cell names; the sheet of affected objects has all that were kept."""


def csv_report(report: Report) -> bytes:
    """One row per control. A scan that did not complete says so in a row of its own, the first one."""
    warning: list[Row] = [(report.warning, *[None] * (len(RESULT_COLUMNS) - 1))] if report.warning else []
    return b"".join(csv_file(RESULT_COLUMNS, [*warning, *map(_result, report.results)]))


def xlsx_report(report: Report) -> bytes:
    """Three sheets: summary, results, affected objects."""
    sheets = (
        Sheet("Summary", ("Scan", ""), list(_summary(report)), (28, 90)),
        Sheet("Results", RESULT_COLUMNS, map(_result, report.results), (38, 9, 52, 6, 8, 11, 14, 20, 11, 22, 70)),
        Sheet("Affected objects", AFFECTED_COLUMNS, _affected(report), (38, 9, 52, 38, 44, 60)),
    )
    return b"".join(workbook(sheets))


def _summary(report: Report) -> Iterator[Row]:
    score = report.score
    if report.warning:
        yield "Attention", report.warning
    yield "Customer", report.customer
    yield "Domain", report.domain
    yield "Directory (tenant) id", str(report.entra_tenant_id)
    yield "Benchmark", report.benchmark_title
    yield "Licence profile", report.profile
    yield "Levels", "1" if report.level_1_only else "1 and 2"
    yield "Engine", report.engine.value
    yield "State of the scan", report.status.value
    yield "Started", report.started_at
    yield "Completed", report.completed_at
    yield "Scan before", report.previous_at
    yield "Score", f"{score.percent} %" if score.percent is not None else "nothing was evaluated"
    yield "In words", score.sentence
    yield "Passed", score.passed
    yield "Failed", score.failed
    yield "Failed and excepted", score.excused
    yield "Not applicable", score.not_applicable
    yield "Not verified", score.unverified
    yield "Manual", score.manual
    yield "Manual and attested", score.attested
    yield "Made by", report.organisation
    yield "Requested by", report.requested_by
    yield "Made", report.made_at


def _result(result: Result) -> Row:
    return (
        result.control,
        result.number,
        result.title,
        result.level,
        result.licence,
        result.service,
        STATUS_WORDS[result.status],
        CAUSE_WORDS[result.cause] if result.cause else None,
        CHANGE_WORDS[result.change],
        result.since,
        result.summary,
        result.expected,
        _pairs(result.observed),
        result.affected_total,
        _named(result),
        list(result.review),
        result.missing_permission,
        _pairs(result.inputs),
        list(_decisions(result)),
        _attestation(result),
        [f"{place}. {step}" for place, step in enumerate(result.steps, 1)],
        result.portal,
        [_source(*one) for one in ((s.request, s.outcome, s.collected_at, s.digest) for s in result.sources)],
    )


def _pairs(values: object) -> list[str]:
    return [f"{name} = {plain_json(value)}" for name, value in values.items()] if isinstance(values, dict) else []


def _named(result: Result) -> Sequence[str]:
    names = [one.name or one.id for one in result.affected[:_NAMED]]
    more = result.affected_total - len(names)
    return [*names, f"and {more} more"] if more > 0 else names


def _decisions(result: Result) -> Iterator[str]:
    for one in result.decisions:
        about = f" for {one.object_name or one.object_id}" if one.object_id else ""
        yield f"{KIND_WORDS[one.kind]}{about} until {day(one.expires_at)} by {one.decided_by}: {one.reason}"


def _attestation(result: Result) -> str | None:
    if (one := result.attestation) is None:
        return None
    return f"{'Met' if one.holds else 'Not met'}, {one.owner}, until {day(one.valid_until)}: {one.evidence}"


def _source(request: str, outcome: str, collected_at: str | None, digest: str | None) -> str:
    return f"{request} ({', '.join(part for part in (outcome, collected_at, digest) if part)})"


def _affected(report: Report) -> Iterator[Row]:
    for result in report.results:
        own = (result.control, result.number, result.title)
        for one in result.affected:
            yield (*own, one.id, one.name, one.why)
        if (more := result.affected_total - len(result.affected)) > 0:
            yield (*own, None, f"and {more} more, which were counted and not kept", None)
