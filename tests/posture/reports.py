"""Reports made up for tests: every status, a regression, decisions; or one text in every place that holds one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, Control, controls_of
from tenantry.posture.decisions.models import Kind
from tenantry.posture.exports.report import Attested, Decision, Report, Result, Source
from tenantry.posture.scans.models import Change, Engine
from tenantry.posture.scans.service import ScanStatus
from tenantry.posture.verdicts import Affected, Cause, Status

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_TURN = (
    *(Status.PASS, Status.FAIL, Status.PASS, Status.MANUAL, Status.FAIL),
    *(Status.NOT_APPLICABLE, Status.ERROR, Status.PASS, Status.NOT_RUN, Status.FAIL),
)
KINDS_OF_RESULT = len(_TURN)
REGRESSED, EXCEPTED, PLANNED, ATTESTED = 4, 1, 9, 3
"""Places in the report of the results that something happened to."""


def report(
    count: int = KINDS_OF_RESULT,
    text: str = "Adele Vance",
    *,
    affected: int = 2,
    status: ScanStatus = ScanStatus.COMPLETED,
    completed_at: datetime | None = NOW,
) -> Report:
    """Results of every kind in turn, as many as asked for."""
    controls = controls_of(DEFAULT_BENCHMARK)[:count]
    results = [_result(control, _TURN[place % len(_TURN)], text, affected) for place, control in enumerate(controls)]
    return Report(
        scan_id=UUID(int=7),
        customer=text,
        domain=text,
        entra_tenant_id=UUID(int=9),
        organisation=text,
        requested_by=text,
        benchmark=DEFAULT_BENCHMARK,
        profile="E5",
        level_1_only=False,
        engine=Engine.NATIVE,
        status=status,
        problem=None if status is ScanStatus.COMPLETED else text,
        created_at=NOW - timedelta(minutes=1),
        started_at=NOW - timedelta(seconds=50),
        completed_at=completed_at,
        previous_at=NOW - timedelta(days=7),
        made_at=NOW + timedelta(microseconds=123456),
        total=len(results),
        results=_decided(results, text),
    )


def _result(control: Control, status: Status, text: str, affected: int) -> Result:
    numbered, fails = control.benchmarks[DEFAULT_BENCHMARK], status is Status.FAIL
    return Result(
        control=control.key,
        number=numbered.number,
        title=control.title,
        level=numbered.level,
        licence=numbered.licence,
        assessment=control.assessment,
        status=status,
        cause=Cause.PERMISSION_MISSING if status is Status.ERROR else None,
        change=Change.UNCHANGED,
        since=NOW - timedelta(days=30),
        summary=text,
        expected="It is on for everybody.",
        observed={text: [text], "isEnabled": False},
        affected=[Affected(f"{text}-{place}", text, text) for place in range(min(affected, 500))] if fails else [],
        affected_total=affected if fails else 0,
        review=[text],
        fact=text,
        sources=[Source("entra.users", "Users", "GET /users", "complete", NOW.isoformat(), "ab" * 16, None, text)],
        inputs={"all_users_cover_roles": True},
        missing_permission=text if status is Status.ERROR else None,
        steps=["Open the admin centre.", "Turn it on."],
        portal="https://entra.microsoft.com/#home",
    )


def _decided(results: list[Result], text: str) -> Sequence[Result]:
    until = NOW + timedelta(days=90)
    for place, kind in ((EXCEPTED, Kind.EXCEPTED), (PLANNED, Kind.REMEDIATION_PLANNED)):
        if place < len(results):
            made = Decision(kind, text, text, text, NOW, until, None, None)
            results[place] = replace(results[place], decisions=[made])
    if len(results) > REGRESSED:
        results[REGRESSED] = replace(results[REGRESSED], change=Change.REGRESSED)
        attested = Attested(True, text, text, text, NOW, until)
        results[ATTESTED] = replace(results[ATTESTED], attestation=attested)
    return results
