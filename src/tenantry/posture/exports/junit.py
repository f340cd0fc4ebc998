"""The report as JUnit XML, which pipelines read: a suite per service, a case per control.

The format knows neither exceptions nor manual controls: both are `skipped` with the reason. Not verified is an `error`.
"""

from itertools import groupby
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from tenantry.posture.exports.report import UNVERIFIED, Report, Result
from tenantry.posture.exports.texts import CAUSE_WORDS, KIND_WORDS, STATUS_WORDS, day, xml_text
from tenantry.posture.verdicts import Status

_NAMED: Final = 100
"""Affected objects that a failure names."""


def junit_report(report: Report) -> bytes:
    root = Element("testsuites", name=xml_text(f"{report.benchmark_title}: {report.customer}"))
    if report.warning:
        _whole_scan(root, report)
    results = sorted(report.results, key=lambda result: result.service)
    for service, own in groupby(results, key=lambda result: result.service):
        _suite(root, report, service, list(own))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    made: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _whole_scan(root: Element, report: Report) -> None:
    """A scan that did not complete is an error, whatever its verdicts are."""
    suite = SubElement(root, "testsuite", name="scan", tests="1", failures="0", errors="1", skipped="0")
    case = SubElement(suite, "testcase", classname="scan", name="The scan completes")
    SubElement(case, "error", type=report.status.value, message=xml_text(report.warning or ""))


def _suite(root: Element, report: Report, service: str, results: list[Result]) -> None:
    suite = SubElement(root, "testsuite", name=service, timestamp=report.scanned_at.strftime("%Y-%m-%dT%H:%M:%S"))
    for result in results:
        _case(suite, result)
    suite.set("tests", str(len(results)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))


def _case(suite: Element, result: Result) -> None:
    case = SubElement(suite, "testcase", classname=result.control, name=xml_text(f"{result.number} {result.title}"))
    properties = SubElement(case, "properties")
    for name, value in (("status", result.status.value), ("level", result.level), ("change", result.change.value)):
        SubElement(properties, "property", name=name, value=value)
    summary = xml_text(result.summary)
    if result.status in UNVERIFIED:
        why = CAUSE_WORDS[result.cause] if result.cause else STATUS_WORDS[result.status]
        SubElement(case, "error", type=result.status.value, message=summary).text = why
    elif result.status is Status.FAIL and result.is_excused:
        SubElement(case, "skipped", message=xml_text(f"{_excuse(result)} {result.summary}"))
    elif result.status is Status.FAIL:
        SubElement(case, "failure", type=result.level, message=summary).text = _affected(result)
    elif result.status is not Status.PASS:
        SubElement(case, "skipped", message=f"{STATUS_WORDS[result.status]}. {summary}")


def _excuse(result: Result) -> str:
    told = [f"{KIND_WORDS[one.kind]} until {day(one.expires_at)}: {one.reason}." for one in result.decisions]
    return " ".join(told)


def _affected(result: Result) -> str:
    lines = [f"{one.name or one.id}: {one.why}" for one in result.affected[:_NAMED]]
    more = result.affected_total - len(lines)
    return xml_text("\n".join([*lines, *([f"and {more} more"] if more > 0 else [])]))
