"""The report as PDF, set by typst: offline, from one template, which takes the texts as data and never as markup.

Paper has no scrolling: long texts are clipped and long lists end in a count; the workbook has all of it.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import typst

from tenantry.posture.exports.product import NAME, own_version
from tenantry.posture.exports.report import Attested, Decision, Report, Result
from tenantry.posture.exports.texts import (
    CAUSE_WORDS,
    CHANGE_WORDS,
    KIND_WORDS,
    SERVICE_WORDS,
    STATUS_WORDS,
    day,
    moment,
    plain_json,
    printed,
)
from tenantry.posture.scans.models import Change
from tenantry.posture.verdicts import Status

_TEMPLATE: Final = Path(__file__).with_name("report.typ")
_URGENT: Final = 6
_FINDINGS: Final = 40
"""Findings that are told in full; the appendix has every control."""
_NAMED: Final = 12
_LISTED: Final = 60
_LINE: Final = 160
_FEW: Final = 8
"""A finding with longer lists may not fit one page, and is broken over two."""


@cache
def _fonts() -> typst.Fonts:
    """Those that typst embeds, and behind them those of the machine, for scripts the embedded ones lack."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)


def pdf_report(report: Report) -> bytes:
    data = orjson.dumps(_document(report)).decode()
    seconds = int(report.made_at.timestamp())
    made: Any = typst.compile(
        _TEMPLATE, format="pdf", font_paths=_fonts(), sys_inputs={"report": data}, timestamp=seconds
    )
    return bytes(made)


def _document(report: Report) -> dict[str, Any]:
    score, worst = report.score, report.worst
    decisions = [_decision(result, one) for result in report.decided for one in result.decisions]
    return {
        "cover": _cover(report),
        "warning": printed(report.warning, 400) if report.warning else None,
        "score": {
            "percent": score.percent,
            "sentence": score.sentence,
            "passed": score.passed,
            "failed": score.failed,
            "not_applicable": score.not_applicable,
            "unverified": score.unverified,
            "manual": score.manual,
            "excused": score.excused,
            "attested": score.attested,
            "evaluated": score.evaluated,
        },
        "summary": _summary(report),
        "services": _services(report),
        "changes": _changes(report),
        "urgent": [_line(result) for result in worst[:_URGENT]],
        "findings": [_finding(result) for result in worst[:_FINDINGS]],
        "findings_left": max(len(worst) - _FINDINGS, 0),
        "unverified": [_unverified(result) for result in report.unverified],
        "decisions": decisions[:_LISTED],
        "decisions_left": max(len(decisions) - _LISTED, 0),
        "attestations": [_attestation(one, one.attestation) for one in report.decided if one.attestation],
        "controls": [_control(result) for result in report.results],
    }


def _cover(report: Report) -> dict[str, Any]:
    return {
        "customer": printed(report.customer, 90),
        "running_head": printed(report.customer, 50),
        "domain": printed(report.domain or "", 80),
        "directory": str(report.entra_tenant_id),
        "organisation": printed(report.organisation, 80),
        "requested_by": printed(report.requested_by, 80),
        "benchmark": report.benchmark_title,
        "profile": f"{report.profile}, {'level 1' if report.level_1_only else 'levels 1 and 2'}",
        "engine": report.engine.value,
        "date": day(report.scanned_at),
        "started": moment(report.started_at),
        "completed": moment(report.completed_at),
        "previous": moment(report.previous_at) if report.previous_at else None,
        "made": moment(report.made_at),
        "scan": str(report.scan_id),
        "program": f"{NAME} {own_version()}",
    }


def _summary(report: Report) -> list[str]:
    """What a customer has to know, in whole sentences."""
    score = report.score
    regressed, fixed = len(report.changed(Change.REGRESSED)), len(report.changed(Change.FIXED))
    first = sum(result.level == "L1" for result in report.worst)
    told = []
    if score.evaluated:
        told.append(
            f"Of {score.evaluated} recommendations that could be evaluated, {score.passed} "
            f"{_are(score.passed)} met and {score.failed} {_are(score.failed)} not."
        )
    else:
        told.append("No recommendation could be evaluated, so there is no score.")
    if first:
        told.append(f"{first} of the open failures {_are(first)} of level 1: what every organisation should have.")
    if report.previous_at is None:
        told.append("This is the first scan, so there is nothing to compare it with.")
    else:
        told.append(f"Since the scan before, {fixed} {_were(fixed)} fixed and {regressed} {_were(regressed)} lost.")
    if score.unverified:
        told.append(f"{score.unverified} could not be verified. They count neither as met nor as failed.")
    if score.manual:
        told.append(
            f"{score.manual} can only be answered by a person; {score.attested} {_are(score.attested)} attested as met."
        )
    if score.excused:
        told.append(f"{score.excused} of the failures {_are(score.excused)} excepted by decision until a date.")
    return told


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _services(report: Report) -> list[dict[str, Any]]:
    """One line per service: how many pass and fail, and how many say nothing."""
    names = sorted({result.service for result in report.results})
    return [_service(name, [one for one in report.results if one.service == name]) for name in names]


def _service(name: str, results: Sequence[Result]) -> dict[str, Any]:
    passed, failed = (sum(one.status is status for one in results) for status in (Status.PASS, Status.FAIL))
    return {
        "name": SERVICE_WORDS.get(name, name),
        "passed": passed,
        "failed": failed,
        "other": len(results) - passed - failed,
    }


def _changes(report: Report) -> list[dict[str, Any]]:
    """Everything that is not as it was; on the first scan all is new, which is no change."""
    wanted = (Change.REGRESSED, Change.FIXED, Change.CHANGED, *((Change.NEW,) if report.previous_at else ()))
    return [
        {
            "title": CHANGE_WORDS[change],
            "results": [_line(one) for one in found[:_LISTED]],
            "left": max(len(found) - _LISTED, 0),
        }
        for change in wanted
        if (found := report.changed(change))
    ]


def _line(result: Result) -> dict[str, Any]:
    return {
        "number": result.number,
        "title": printed(result.title, _LINE),
        "level": result.level,
        "status": result.status.value,
        "word": STATUS_WORDS[result.status],
        "change": result.change.value,
        "summary": printed(result.summary, _LINE * 2),
    }


def _control(result: Result) -> dict[str, Any]:
    return {**_line(result), "licence": result.licence}


def _finding(result: Result) -> dict[str, Any]:
    named = [
        {"name": printed(one.name or one.id, 120), "why": printed(one.why, _LINE)} for one in result.affected[:_NAMED]
    ]
    return {
        **_line(result),
        "control": result.control,
        "licence": result.licence,
        "since": day(result.since),
        "summary": printed(result.summary),
        "expected": printed(result.expected),
        "observed": _pairs(result.observed.items()),
        "affected": named,
        "affected_total": result.affected_total,
        "affected_left": max(result.affected_total - len(named), 0),
        "review": [printed(note, 300) for note in result.review[:_NAMED]],
        "steps": list(result.steps),  # as they are: commands are copied from here
        "portal": result.link or "",
        "portal_text": printed(result.portal, _LINE),
        "sources": [f"{printed(one.request, _LINE)} · {_when(one.collected_at)}" for one in result.sources[:_NAMED]],
        "fits_a_page": max(map(len, (named, result.observed, result.review, result.steps, result.sources))) <= _FEW,
        "planned": [day(one.expires_at) for one in result.decisions],
    }


def _pairs(values: Iterable[tuple[str, Any]]) -> list[dict[str, str]]:
    pairs = [{"name": printed(name, 100), "value": printed(plain_json(value), 300)} for name, value in values]
    return pairs[:_NAMED]


def _when(collected_at: str | None) -> str:
    return f"{collected_at[:16].replace('T', ' ')} UTC" if collected_at else "not collected"


def _unverified(result: Result) -> dict[str, Any]:
    why = CAUSE_WORDS[result.cause] if result.cause else STATUS_WORDS[result.status]
    return {**_line(result), "why": why, "permission": printed(result.missing_permission or "", _LINE)}


def _decision(result: Result, one: Decision) -> dict[str, Any]:
    return {
        **_line(result),
        "kind": KIND_WORDS[one.kind],
        "about": printed(one.object_name or one.object_id or "the whole control", 120),
        "reason": printed(one.reason),
        "by": printed(one.approver or one.decided_by, 100),
        "until": day(one.expires_at),
    }


def _attestation(result: Result, one: Attested) -> dict[str, Any]:
    return {
        **_line(result),
        "holds": "Met" if one.holds else "Not met",
        "owner": printed(one.owner, 100),
        "evidence": printed(one.evidence),
        "until": day(one.valid_until),
    }
