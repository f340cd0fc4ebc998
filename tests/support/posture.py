"""Scans as tests want them: run by the product, or of verdicts that are given."""

import time
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from tests.support.web import Client

from tenantry.platform.access import Actor
from tenantry.platform.work import Platform
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, controls_of
from tenantry.posture.evaluation import Verdict
from tenantry.posture.scans.models import Engine, Scan
from tenantry.posture.scans.service import ScanOptions
from tenantry.posture.scans.stored_evidence import SourceState
from tenantry.posture.scans.verdict_store import Judged, keep_sources, keep_verdicts, packed_details
from tenantry.posture.verdicts import Collected, Status


def scanned(visitor: Client, microsoft_tenant_id: str) -> str:
    """Scans as a person does, waits for the end, and returns the scan's id."""
    answer = visitor.submit("/posture/scans/new", tenant=microsoft_tenant_id)
    assert answer.status == 303, answer.text
    address = answer.headers["Location"]
    for _ in range(300):
        if "What changed" in visitor.request("GET", address, Accept="text/html").text:
            return address.rpartition("/")[2]
        time.sleep(0.1)
    raise AssertionError("the scan did not end")


def judged(
    platform: Platform, actor: Actor, microsoft_tenant_id: UUID, *verdicts: Verdict, is_whole: bool = True
) -> UUID:
    """A completed scan in which the controls given have these verdicts; of a whole one, the others pass."""
    given: Mapping[str, Verdict] = {verdict.key: verdict for verdict in verdicts}
    with platform.work(actor) as work:
        now = work.clock.now()
        scan = Scan(
            microsoft_tenant_id=microsoft_tenant_id,
            engine=Engine.NATIVE,
            benchmark=DEFAULT_BENCHMARK,
            options=ScanOptions.model_validate({}).model_dump(mode="json"),
            requested_by=actor.label,
            created_at=now,
            started_at=now,
        )
        work.session.add(scan)
        work.session.flush()
        rows = [
            Judged(one, one.benchmarks[DEFAULT_BENCHMARK], given.get(one.key, _passes(one.key)), 1.0)
            for one in controls_of(DEFAULT_BENCHMARK)
            if is_whole or one.key in given
        ]
        keep_sources(work.session, scan.id, [_kept(one) for verdict in verdicts for one in verdict.sources])
        keep_verdicts(work.session, scan, rows, packed_details(rows), now)
        return scan.id


def _kept(one: Collected) -> SourceState:
    at = datetime.fromisoformat(one.collected_at) if one.collected_at else None
    request = one.dataset.fetch.request
    return SourceState(
        one.dataset.name, one.outcome, at, None, one.digest, one.missing_permission, one.problem, request
    )


def _passes(key: str) -> Verdict:
    return Verdict(key, Status.PASS, "As it should be.")
