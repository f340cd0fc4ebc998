"""A scan as a file: each format, read back by a parser of that format, says what the report says."""

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.posture.interchange import check_ocsf, check_sarif
from tests.posture.reports import EXCEPTED, PLANNED, REGRESSED, report
from tests.support.files import cells, is_harmful
from tests.support.hostile import HOSTILE, received
from tests.support.pdf import page_texts

from tenantry.posture.decisions.models import Kind
from tenantry.posture.exports.formats import FORMATS, format_named
from tenantry.posture.exports.report import Decision, Report
from tenantry.posture.exports.tables import RESULT_COLUMNS
from tenantry.posture.exports.texts import STATUS_WORDS
from tenantry.posture.scans.service import ScanOptions, ScanStatus
from tenantry.posture.verdicts import Status

HOSTILE_TEXTS = {name: received(text) for name, text in HOSTILE.items()}
LONG = "x" * 50_000


def rendered(name: str, found: Report) -> bytes:
    return FORMATS[name].render(found)


def lines(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


class Page(HTMLParser):
    """The elements and texts of a page, as a browser would find them."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(body.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


class TestTheReport:
    def test_the_score_has_its_denominators(self) -> None:
        score = report().score
        assert score.sentence == "3 of 6 evaluated pass; 1 not applicable; 2 not verified; 1 manual"
        assert (score.percent, score.excused, score.attested) == (50, 1, 1)

    def test_what_was_not_judged_at_all_is_not_verified(self) -> None:
        found = replace(report(), total=160)
        assert found.score.unverified == 152
        assert found.score.percent == 50, "and changes nothing about what was"

    def test_nothing_evaluated_is_no_score(self) -> None:
        found = report()
        without = [one for one in found.results if one.status not in (Status.PASS, Status.FAIL)]
        assert replace(found, results=without).score.percent is None

    def test_a_decision_never_changes_a_result(self) -> None:
        found = report()
        assert found.results[EXCEPTED].status is Status.FAIL
        assert found.score.failed == 3

    def test_the_worst_are_open_failures_with_regressions_first(self) -> None:
        found = report()
        assert [one.control for one in found.worst] == [found.results[place].control for place in (REGRESSED, PLANNED)]

    @pytest.mark.parametrize(("covered", "total", "excused"), [(2, 2, True), (1, 2, False), (2, 501, False)])
    def test_exceptions_of_objects_excuse_only_all_of_them(self, covered: int, total: int, excused: bool) -> None:
        failing = report().results[REGRESSED]
        made = [
            Decision(Kind.EXCEPTED, "", None, "", failing.since, failing.since, one.id, one.name)
            for one in failing.affected[:covered]
        ]
        assert replace(failing, decisions=made, affected_total=total).is_excused is excused


class TestFormats:
    def test_they_are_those_a_scan_can_be_asked_for(self) -> None:
        for name in FORMATS:
            assert ScanOptions.model_validate({"output_format": name}).output_format == name
            assert format_named(name).file_name(report()).startswith("posture-adele-vance-2026-11-24.")

    def test_json_holds_everything(self) -> None:
        found = report()
        told = json.loads(rendered("json", found))
        assert told["score"]["in_words"] == found.score.sentence
        assert [one["status"] for one in told["results"]] == [one.status.value for one in found.results]
        assert told["results"][REGRESSED]["affected"][0] == {
            "id": "Adele Vance-0",
            "name": "Adele Vance",
            "why": "Adele Vance",
        }
        assert told["results"][EXCEPTED]["decisions"][0]["kind"] == "excepted"

    def test_csv_has_a_line_per_control(self) -> None:
        found = report()
        told = lines(rendered("csv", found))
        assert tuple(told[0]) == RESULT_COLUMNS
        assert [(row["Control"], row["Status"]) for row in told] == [
            (one.control, STATUS_WORDS[one.status]) for one in found.results
        ]

    def test_the_workbook_has_three_sheets(self) -> None:
        found = report(affected=501)
        body = rendered("xlsx", found)
        summary, results, affected = ([list(row) for row in cells(body, sheet)] for sheet in (1, 2, 3))
        assert ["In words", found.score.sentence] in summary
        assert [row[0] for row in results[1:]] == [one.control for one in found.results]
        assert len(affected) == 1 + 3 * 501, "500 are kept of each failure, and a line says that there are more"

    def test_junit_counts_failures_errors_and_skips(self) -> None:
        found = report()
        root = ET.fromstring(rendered("junit", found))
        cases = {case.get("classname"): case for case in root.iter("testcase")}
        assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == (
            *("10", "2", "2", "3"),
        )
        assert {suite.get("tests") for suite in root if suite.get("tests") != str(len(suite))} == set()
        for one in found.results:
            kinds = {child.tag for child in cases[one.control]} - {"properties"}
            expected = {Status.PASS: set(), Status.ERROR: {"error"}, Status.NOT_RUN: {"error"}}
            failing = {"skipped"} if one.is_excused else {"failure"}
            assert kinds == (failing if one.status is Status.FAIL else expected.get(one.status, {"skipped"}))

    def test_sarif_tells_open_from_failed(self) -> None:
        found = report()
        told = json.loads(rendered("sarif", found))
        check_sarif(told)
        results = told["runs"][0]["results"]
        kinds = ["pass", "fail", "pass", "review", "fail", "notApplicable", "open", "pass", "open", "fail"]
        assert [one["kind"] for one in results] == kinds
        assert [one["suppressions"] != [] for one in results].index(True) == EXCEPTED
        assert results[REGRESSED]["locations"][0]["logicalLocations"][1]["name"] == "Adele Vance"

    def test_ocsf_findings_live_from_scan_to_scan(self) -> None:
        found = report()
        events = json.loads(rendered("ocsf", found))
        assert [event["status_code"] for event in events] == [one.status.value for one in found.results]
        uids = [event["finding_info"]["uid"] for event in events]
        assert len(set(uids)) == len(uids)
        assert uids == [
            event["finding_info"]["uid"]
            for event in json.loads(rendered("ocsf", replace(found, scan_id=found.entra_tenant_id)))
        ]
        statuses = {place: events[place]["status"] for place in (EXCEPTED, PLANNED, REGRESSED, 0, 6)}
        assert statuses == {
            EXCEPTED: "Suppressed", PLANNED: "In Progress", REGRESSED: "New", 0: "Resolved", 6: "Not verified",
        }  # fmt: skip

    def test_html_needs_nothing_from_anywhere(self) -> None:
        page = Page(rendered("html", report()))
        assert {"script", "link", "img", "iframe", "object", "form"}.isdisjoint(page.tags)
        assert not any(name.startswith("on") or name in ("src", "srcset") for name, _ in page.attributes)
        assert report().score.sentence in " ".join(page.texts)
        assert page.tags.count("details") == len(report().results)

    def test_the_pdf_reads_as_a_report(self) -> None:
        found = report(160)
        told = text_of(rendered("pdf", found))
        for heading in ("Summary", "What changed", "Findings", "What could not be verified", "Exceptions", "Appendix"):
            assert heading in told
        assert found.score.sentence in " ".join(told.split())
        assert "Turn it on." in told


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("status", [ScanStatus.FAILED, ScanStatus.CANCELLED, ScanStatus.RUNNING])
def test_a_scan_that_did_not_complete_says_so_on_top(name: str, status: ScanStatus) -> None:
    found = replace(report(0, status=status, completed_at=None), total=160)
    assert found.warning is not None
    body = rendered(name, found)
    told = {"pdf": text_of, "xlsx": workbook_text}.get(name, bytes.decode)(body)
    place = " ".join(told.split()).find(found.warning.partition(".")[0])
    assert 0 <= place < 4500, "before everything else but the style sheet"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_of_a_microsoft_tenant_becomes_anything_but_text(name: str) -> None:
    check_all(received(HOSTILE[name]))


def test_five_hundred_objects_and_endless_texts() -> None:
    check_all("y" * 300, affected=501)
    check_all("x" * 50_000)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_any_text_at_all(text: str) -> None:
    check_all(text.encode(errors="replace").decode())


def check_all(text: str, affected: int = 2) -> None:
    """Every format is well-formed, holds every control once, and lets no text out of its place."""
    found, plain = report(text=text, affected=affected), report(affected=affected)
    assert json.loads(rendered("json", found))["customer"] == text, "JSON changes nothing"
    rows, book = lines(rendered("csv", found)), rendered("xlsx", found)
    assert [row["Control"] for row in rows] == [one.control for one in found.results]
    tables = [[list(row.values()) for row in rows], *(list(cells(book, sheet)) for sheet in (1, 2, 3))]
    assert [cell for table in tables for row in table for cell in row if is_harmful(cell)] == []
    assert len(list(ET.fromstring(rendered("junit", found)).iter("testcase"))) == len(found.results)
    check_sarif(json.loads(rendered("sarif", found)))
    check_ocsf(json.loads(rendered("ocsf", found)))
    page, ordinary = Page(rendered("html", found)), Page(rendered("html", plain))
    assert page.tags == ordinary.tags, "no text adds an element"
    assert [name for name, _ in page.attributes] == [name for name, _ in ordinary.attributes], "or an attribute"
    assert [page for page in page_texts(rendered("pdf", found)) if "Security" not in page] == [], "every page is set"


def text_of(pdf: bytes) -> str:
    return "\n".join(page_texts(pdf))


def workbook_text(body: bytes) -> str:
    return "\n".join("\t".join(row) for row in cells(body))
