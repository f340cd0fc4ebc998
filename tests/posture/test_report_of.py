"""A report is read from what a scan stored: its verdicts as they are, with what people decided beside them."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.posture.reports import NOW
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.kit.errors import NotFound
from tenantry.platform.access import Actor
from tenantry.platform.work import Platform
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, Assessment, Control, controls_of
from tenantry.posture.decisions.models import Kind
from tenantry.posture.decisions.schemas import AttestationIn, DispositionIn
from tenantry.posture.decisions.service import Attestations, Dispositions
from tenantry.posture.evaluation import Verdict
from tenantry.posture.exports.building import report_of
from tenantry.posture.exports.report import Report
from tenantry.posture.scans.models import Change, Engine, Scan
from tenantry.posture.scans.service import ScanOptions, ScanStatus
from tenantry.posture.scans.verdict_store import Judged, keep_verdicts, packed_details
from tenantry.posture.verdicts import Affected, Status

CONTROLS = controls_of(DEFAULT_BENCHMARK)
AUTOMATIC = next(control for control in CONTROLS if control.assessment is Assessment.AUTOMATIC)
ATTESTED = next(control for control in CONTROLS if control.assessment is Assessment.ATTESTATION)


def judged(control: Control, status: Status, affected: int = 0) -> Judged:
    objects = [Affected(f"user-{place}", f"Person {place}", "no second factor") for place in range(affected)]
    verdict = Verdict(control.key, status, "As found.", affected=objects[:500], affected_count=affected)
    return Judged(control, control.benchmarks[DEFAULT_BENCHMARK], verdict, 0.1)


def stored(platform: Platform, actor: Actor, tenant: UUID, *verdicts: Judged) -> UUID:
    """A scan without a job, as it is kept once its job is gone. Without verdicts it never completed."""
    with platform.work(actor) as work:
        row = Scan(
            microsoft_tenant_id=tenant,
            engine=Engine.NATIVE,
            benchmark=DEFAULT_BENCHMARK,
            options=ScanOptions.model_validate({}).model_dump(mode="json"),
            requested_by=actor.label,
            created_at=platform.clock.now(),
            total=2,
            problem=None if verdicts else "Microsoft closed the connection.",
        )
        work.session.add(row)
        work.session.flush()
        if verdicts:
            keep_verdicts(work.session, row, verdicts, packed_details(verdicts), platform.clock.now())
    return row.id


def read(platform: Platform, actor: Actor, scan_id: UUID) -> Report:
    with platform.work(actor, read_only=True) as work:
        return report_of(work, scan_id)


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> UUID:
    return add_microsoft_tenant(platform, cast.alice.actor, "Contoso Health")


def test_verdicts_with_what_was_decided_about_them(platform: Platform, cast: Cast, contoso: UUID) -> None:
    alice = cast.alice.actor
    stored(platform, alice, contoso, judged(AUTOMATIC, Status.PASS), judged(ATTESTED, Status.MANUAL))
    platform.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]  # the clock of tests
    second = stored(platform, alice, contoso, judged(AUTOMATIC, Status.FAIL, 501), judged(ATTESTED, Status.MANUAL))
    until = NOW + timedelta(days=30)
    with platform.work(alice) as work:
        excepted = DispositionIn(
            control=AUTOMATIC.key, kind=Kind.EXCEPTED, reason="The scanner", expires_at=until, approver="CISO"
        )
        Dispositions(work).decide(contoso, excepted)
        vouched = AttestationIn(
            control=ATTESTED.key, holds=True, owner="Head of IT", evidence="Minutes", valid_until=until
        )
        Attestations(work).attest(contoso, vouched)

    found = read(platform, alice, second)
    assert (found.customer, found.organisation, found.status) == ("Contoso Health", "Northwind MSP", "completed")
    assert found.previous_at == NOW
    failing, manual = sorted(found.results, key=lambda one: one.control != AUTOMATIC.key)
    assert (failing.status, failing.change, failing.is_excused) == (Status.FAIL, Change.REGRESSED, True)
    assert (len(failing.affected), failing.affected_total) == (500, 501)
    assert (failing.title, failing.level) == (AUTOMATIC.title, AUTOMATIC.benchmarks[DEFAULT_BENCHMARK].level)
    assert manual.attestation is not None
    assert manual.attestation.owner == "Head of IT"
    assert found.worst == []

    platform.clock.advance(timedelta(days=60))  # type: ignore[attr-defined]  # as above
    later = read(platform, alice, second)
    assert [one.control for one in later.worst] == [AUTOMATIC.key], "the exception has ended"
    assert [one.attestation for one in later.results] == [None, None]


def test_a_scan_that_stored_nothing_is_a_failed_one(platform: Platform, cast: Cast, contoso: UUID) -> None:
    found = read(platform, cast.alice.actor, stored(platform, cast.alice.actor, contoso))
    assert found.status is ScanStatus.FAILED
    assert found.warning is not None
    assert found.warning.endswith("Microsoft closed the connection.")
    assert found.score.unverified == 2


def test_it_is_nobody_elses(platform: Platform, cast: Cast, contoso: UUID) -> None:
    scan_id = stored(platform, cast.alice.actor, contoso, judged(AUTOMATIC, Status.PASS))
    assert read(platform, cast.bob.actor, scan_id).score.passed == 1
    with pytest.raises(NotFound):
        read(platform, cast.charlie.actor, scan_id)
