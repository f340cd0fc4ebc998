"""Verdicts in a terminal, and as the exit code that a pipeline goes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from tenantry.cli.context import EXIT_FAILED, console, messages, plain, print_table
from tenantry.posture.exports.report import Report, Result
from tenantry.posture.exports.texts import CHANGE_WORDS, STATUS_WORDS, clipped
from tenantry.posture.scans.models import Change
from tenantry.posture.scans.service import ScanStatus

EXIT_FAILURES: Final = 3
EXIT_UNVERIFIED: Final = 4
_WORST_FIRST: Final = (EXIT_FAILED, EXIT_FAILURES, EXIT_UNVERIFIED)
_COLUMNS: Final = {"No.": "number", "Result": "result", "Recommendation": "title", "Found": "told"}
_SHOWN: Final = 20
_SUMMARY: Final = 160


@dataclass(frozen=True, slots=True)
class Refused:
    """A Microsoft tenant whose scan could not be started, and why."""

    name: str
    why: str


def exit_code(reports: Sequence[Report], refused: Sequence[Refused]) -> int:
    """The worst of all scans: failed, then failures, then what could not be verified; 0 when none of them."""
    codes = {_exit_code(report) for report in reports} | ({EXIT_FAILED} if refused else set())
    return next((code for code in _WORST_FIRST if code in codes), 0)


def _exit_code(report: Report) -> int:
    if report.status is not ScanStatus.COMPLETED:
        return EXIT_FAILED
    if report.worst:
        return EXIT_FAILURES
    return EXIT_UNVERIFIED if report.score.unverified else 0


def print_verdicts(reports: Sequence[Report], refused: Sequence[Refused]) -> None:
    """What fails in each Microsoft tenant, and a line for each below, where the eye ends."""
    for report in reports:
        _print_failures(report)
    if reports:
        heads = ("Pass", "Fail", "Excepted", "Not verified", "Manual", "N/A")
        columns = {"Microsoft tenant": "customer", "Score": "score", **{head: head for head in heads}}
        print_table(columns, [_line(report) for report in reports])
    for report in reports:
        console.print(
            f"Scan {report.scan_id}: {report.score.sentence}.", markup=False, highlight=False, soft_wrap=False
        )
        if report.warning:
            _tell(plain(f"{report.customer}: {report.warning}"))
    for one in refused:
        _tell(plain(f"{one.name}: {one.why}"))


def _tell(sentence: str) -> None:
    messages.print(Text(sentence, style="red"))


def _print_failures(report: Report) -> None:
    rows = [*report.worst, *report.unverified]
    if not rows:
        return
    console.print(Text(plain(report.customer), style="bold"))
    print_table(_COLUMNS, [_failure(one) for one in rows[:_SHOWN]])
    if len(rows) > _SHOWN:
        console.print(f"… and {len(rows) - _SHOWN} more: tenantry scan report {report.scan_id} --format html\n")


def _failure(result: Result) -> dict[str, str]:
    change = f"{CHANGE_WORDS[result.change]}. " if result.change is Change.REGRESSED else ""
    return {
        "number": result.number,
        "result": STATUS_WORDS[result.status],
        "title": result.title,
        "told": f"{change}{clipped(result.summary, _SUMMARY)}",
    }


def _line(report: Report) -> dict[str, object]:
    score = report.score
    return {
        "customer": report.customer,
        "score": f"{score.percent} %" if score.percent is not None else "none",
        "Pass": score.passed,
        "Fail": score.failed,
        "Excepted": score.excused,
        "Not verified": score.unverified,
        "Manual": score.manual,
        "N/A": score.not_applicable,
    }
