"""What the scripts write is judged like anything that strangers write: whole rows count, and nothing else passes."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from tenantry.kit.secret import Secret
from tenantry.posture.controls.catalogue import Assessment, controls_of
from tenantry.posture.evaluation import Verdict
from tenantry.posture.powershell import results
from tenantry.posture.powershell.engine import SCRIPTS_BENCHMARK
from tenantry.posture.powershell.masking import Mask
from tenantry.posture.powershell.results import Reported, read_results
from tenantry.posture.powershell.verdicts import Reading
from tenantry.posture.scans.engines import Plan
from tenantry.posture.verdicts import MOST_AFFECTED, Cause, Status

CONTROLS = controls_of(SCRIPTS_BENCHMARK)
PLAN = Plan(UUID(int=1), UUID(int=2), SCRIPTS_BENCHMARK, CONTROLS)
AUTOMATIC, EVIDENCE, ATTESTED = (
    next(one for one in CONTROLS if one.assessment is assessment).benchmarks[SCRIPTS_BENCHMARK].number
    for assessment in (Assessment.AUTOMATIC, Assessment.EVIDENCE, Assessment.ATTESTATION)
)
GOOD = {"ResourceName": "Alice", "Property": "MFA", "IsCompliant": True}
BAD = {"ResourceName": "Bob", "ResourceId": "b-1", "Property": "MFA", "IsCompliant": False, "Found": "none"}


def row(status: Any, *details: Any, number: str = AUTOMATIC, **more: Any) -> dict[str, Any]:
    return {"check_id": f"{number}_some_check", "category": "L1", "status": status, "details": list(details), **more}


def read(folder: Path, written: str | bytes) -> Reported:
    path = folder / "results.json"
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    return read_results(path, Mask.of([Secret("hunter2-hunter2")]))


def verdict(folder: Path, *rows: dict[str, Any], number: str = AUTOMATIC, unfinished: str | None = None) -> Verdict:
    judged = Reading.of(read(folder, json.dumps(rows)).rows, unfinished).judged(PLAN)
    assert len(judged) == len(CONTROLS), "every control has a verdict"
    return next(one.verdict for one in judged if one.numbered.number == number)


STATUSES: list[tuple[str, list[dict[str, Any]], Status]] = [
    ("pass", [row("Pass")], Status.PASS),
    ("pass with details", [row("Pass", GOOD)], Status.PASS),
    ("in other letters", [row(" pass ")], Status.PASS),
    ("fail", [row("Fail", GOOD, BAD)], Status.FAIL),
    ("fail without details", [row("Fail")], Status.FAIL),
    ("error", [row("Error", error="Connect first")], Status.ERROR),
    ("a status nobody knows", [row("Compliant")], Status.ERROR),
    ("no status", [row(None)], Status.ERROR),
    ("a status that is not a word", [row({"value": "Pass"})], Status.ERROR),
    ("pass that contradicts itself", [row("Pass", GOOD, BAD)], Status.ERROR),
    ("the same as a text", [row("Pass", {**BAD, "IsCompliant": "False"})], Status.ERROR),
    ("twice, once failed", [row("Pass"), row("Fail", BAD), row("Pass")], Status.FAIL),
    ("twice, once in error", [row("Error"), row("Pass")], Status.ERROR),
    ("not at all", [], Status.NOT_RUN),
    ("another one", [row("Pass", number="1.1.1999")], Status.NOT_RUN),
    ("a number that only begins so", [row("Pass", number=f"{AUTOMATIC}9")], Status.NOT_RUN),
]


@pytest.mark.parametrize(("rows", "status"), [case[1:] for case in STATUSES], ids=[case[0] for case in STATUSES])
def test_only_a_clear_pass_is_a_pass(tmp_path: Path, rows: list[dict[str, Any]], status: Status) -> None:
    assert verdict(tmp_path, *rows).status is status


@pytest.mark.parametrize("said", ["Pass", "Fail", "Error"])
def test_what_only_people_can_see_stays_with_them(tmp_path: Path, said: str) -> None:
    assert verdict(tmp_path, row(said, number=ATTESTED), number=ATTESTED).status is Status.MANUAL
    assert verdict(tmp_path, number=ATTESTED, unfinished="They died.").status is Status.MANUAL


def test_evidence_for_people_fails_but_never_passes(tmp_path: Path) -> None:
    assert verdict(tmp_path, row("Pass", number=EVIDENCE), number=EVIDENCE).status is Status.MANUAL
    assert verdict(tmp_path, row("Fail", BAD, number=EVIDENCE), number=EVIDENCE).status is Status.FAIL


def test_what_is_missing_after_a_fault_is_an_error_with_its_reason(tmp_path: Path) -> None:
    found = verdict(tmp_path, unfinished="The scripts ended with exit code 9.")
    assert (found.status, found.cause) == (Status.ERROR, Cause.UNAVAILABLE)
    assert found.summary == "Not verified: The scripts ended with exit code 9."


def test_a_failure_names_its_objects_and_its_evidence(tmp_path: Path) -> None:
    failing = row("Fail", GOOD, BAD, duration=1.5, start_time="2026-11-24T09:00:00Z", error="Bob has none")
    found = verdict(tmp_path, failing)
    (affected,) = found.affected
    assert (affected.id, affected.name, affected.why) == ("b-1", "Bob", "MFA; Found: none")
    assert found.affected_count == 1
    assert found.observed["started"] == "2026-11-24T09:00:00Z"
    assert len(found.observed["sha256"]) == 64
    assert found.summary.endswith("Bob has none")


TEXTS: list[tuple[str, str | bytes, int, str | None]] = [
    ("nothing", "", 0, "no results"),
    ("blank", " \n", 0, "no results"),
    ("an empty list", "[]", 0, None),
    ("garbage", "PS> Connect-MgGraph : hello", 0, "not JSON"),
    ("a number", "42", 0, "1 of the 1 rows"),
    ("binary", bytes(range(256)), 0, "not JSON"),
    ("a list of one, as PowerShell writes it", json.dumps(row("Pass")), 1, None),
    ("with a byte order mark", b"\xef\xbb\xbf" + json.dumps([row("Pass")]).encode(), 1, None),
    ("as Windows writes it", json.dumps([row("Pass")]).encode("utf-16"), 1, None),
    ("broken off", json.dumps([row("Pass"), row("Fail", BAD)])[:-9], 1, "1 whole rows"),
    ("broken off in a text", '[ {"check_id": "1.1.1_a", "status": "Pa', 0, "0 whole rows"),
    ("broken off in spaces", '[  {"check_id": "1.1.1_a", "status": "Pass"}  ,  ', 1, "1 whole rows"),
    ("rows that are none", json.dumps([1, "x", None, {}, {"check_id": 7}, row("Pass")]), 1, "5 of the 6"),
    ("nested without end", "[" * 200_000, 0, "not JSON"),
]


@pytest.mark.parametrize(("text", "rows", "says"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_whatever_they_write_is_read_as_far_as_it_is_whole(
    tmp_path: Path, text: str | bytes, rows: int, says: str | None
) -> None:
    found = read(tmp_path, text)
    assert len(found.rows) == rows
    assert (found.problem is None) is (says is None)
    assert (says or "") in (found.problem or "")


def test_results_that_are_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "nobody-writes")
    for path in (tmp_path / "nothing", tmp_path / "nobody-writes", tmp_path):
        assert read_results(path, Mask()).problem == "They wrote no results."
    monkeypatch.setattr(results, "LARGEST", 1000)
    assert "larger" in str(read(tmp_path, " " * 1001).problem)


def test_hostile_rows_are_cut_cleaned_and_can_be_stored(tmp_path: Path) -> None:
    """Everything the verdicts hold goes into a database of UTF-8 without NUL, and before the eyes of people."""
    nested: Any = "deep"
    for _ in range(200):
        nested = {"a": nested}
    evil = {
        "ResourceName": "<script>\u202eevil\x00\ud800" + "x" * 10_000,
        "Property": ["a"] * 1000,
        "IsCompliant": None,
        "Huge": 10**400,
        "Nested": nested,
        "Secret": "it is hunter2-hunter2",
        "Header": "Authorization: Bearer abcdefghijklmnop",
        **{f"key{place}": place for place in range(1000)},
    }
    failing = row("Fail", *[evil] * 600, error="\x1b[31m" + "e" * 100_000, duration=1e308)
    found = verdict(tmp_path, failing)
    assert (found.affected_count, len(found.affected)) == (600, MOST_AFFECTED)
    assert found.affected[0].name.startswith("<script>evil")
    assert max(len(part) for one in found.affected for part in (one.id, one.name, one.why)) <= 400
    stored = orjson.dumps({"observed": found.observed, "summary": found.summary})
    assert len(stored) < 300_000
    assert b"hunter2" not in stored
    assert b"abcdefghijklmnop" not in stored
    assert b"\\u0000" not in stored


@pytest.mark.parametrize("depth", [100, 400, 900, 990, 5000])
def test_no_depth_of_nesting_stops_the_reading(tmp_path: Path, depth: int) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    text = f'[{json.dumps(row("Pass"))}, {{"check_id": "1.1.1_a", "status": "Pass", "details": [{{"x": {deep}}}]}}]'
    assert read(tmp_path, text).rows[0].number == AUTOMATIC


@pytest.mark.parametrize("duration", [None, True, "long", -5, float("nan"), float("inf"), 10**400, {}], ids=range(8))
def test_a_duration_is_a_sane_number(tmp_path: Path, duration: Any) -> None:
    (found,) = read(tmp_path, json.dumps([row("Pass", duration=duration)])).rows
    assert 0 <= found.seconds <= 86_400


def test_checks_of_another_benchmark_are_named(tmp_path: Path) -> None:
    rows = read(tmp_path, json.dumps([row("Pass"), row("Pass", number="9.9.9")])).rows
    assert Reading.of(rows, None).unknown(SCRIPTS_BENCHMARK) == ["9.9.9_some_check"]
