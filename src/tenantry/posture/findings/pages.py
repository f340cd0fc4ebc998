"""`/posture/scans/{scan}/{control}`: the drill-down, and the forms that decide about it."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import Form, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.presentation import consent_link
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.filtering import NO_NUL
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.posture.controls.catalogue import Assessment
from tenantry.posture.decisions.schemas import AttestationIn, DispositionIn
from tenantry.posture.decisions.service import LONGEST, Attestations, Dispositions
from tenantry.posture.findings.details import VerdictView, verdict_view
from tenantry.posture.findings.forms import KINDS, Faults, attestation_in, decision_in, fault_of
from tenantry.posture.presentation import ASSESSMENTS, CAUSES, benchmark_name, section_name, service_name, verdict_path
from tenantry.posture.scans.permissions import DECIDE, READ

pages = Pages("/posture/scans")

_SHOWN: Final = 25
_TO_CHOOSE: Final = 100
Key = Annotated[str, Path(max_length=100, pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]
Text = Annotated[str, Form(max_length=4000, pattern=NO_NUL)]


@pages.get("/{scan_id:uuid}/{control}", needs=READ)
def verdict(
    view: View, request: Request, scan_id: UUID, control: Key, start: Annotated[int, Query(alias="from", ge=0)] = 0
) -> Response:
    return _page(view, request, verdict_view(view.work, scan_id, control), start=start)


@pages.post("/{scan_id:uuid}/{control}/decide", needs=DECIDE)
def decide(
    view: View,
    request: Request,
    scan_id: UUID,
    control: Key,
    kind: Text = "",
    reason: Text = "",
    approver: Text = "",
    expires_at: Text = "",
    object_id: Text = "",
) -> Response:
    """Decides about the finding, or about one of its objects."""
    found = verdict_view(view.work, scan_id, control)
    values = {"kind": kind, "reason": reason, "approver": approver, "expires_at": expires_at, "object_id": object_id}
    name = found.name_of(object_id) if object_id else None
    wanted = decision_in(control, values, name) if name or not object_id else Faults(object_id="Choose one of these.")
    faults = wanted if isinstance(wanted, Faults) else _decided(view, found, wanted)
    if faults:
        return _page(view, request, found, values=values, faults=faults, form="decide")
    return view.redirect(verdict_path(scan_id, control), "Decided. It is in force until the date you named.")


@pages.post("/{scan_id:uuid}/{control}/attest", needs=DECIDE)
def attest(
    view: View,
    request: Request,
    scan_id: UUID,
    control: Key,
    holds: Text = "",
    owner: Text = "",
    evidence: Text = "",
    valid_until: Text = "",
) -> Response:
    """Vouches for a control no machine can see."""
    found = verdict_view(view.work, scan_id, control)
    values = {"holds": holds, "owner": owner, "evidence": evidence, "valid_until": valid_until}
    wanted = attestation_in(control, values)
    faults = wanted if isinstance(wanted, Faults) else _attested(view, found, wanted)
    if faults:
        return _page(view, request, found, values=values, faults=faults, form="attest")
    return view.redirect(verdict_path(scan_id, control), "Attested.")


def _decided(view: View, found: VerdictView, wanted: DispositionIn) -> Faults:
    try:
        with view.work.session.begin_nested():
            Dispositions(view.work).decide(found.tenant.id, wanted)
    except (Conflict, InvalidInput) as error:
        return fault_of(error)
    return Faults()


def _attested(view: View, found: VerdictView, wanted: AttestationIn) -> Faults:
    try:
        with view.work.session.begin_nested():
            Attestations(view.work).attest(found.tenant.id, wanted)
    except (Conflict, InvalidInput) as error:
        return fault_of(error)
    return Faults()


def _page(
    view: View,
    request: Request,
    found: VerdictView,
    *,
    start: int = 0,
    values: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    form: str = "",
) -> Response:
    affected, now = found.details["affected"], view.work.clock.now()
    answer = view.page(
        "posture/findings/verdict.html",
        found=found,
        affected=affected[start : start + _SHOWN],
        start=start,
        kept=len(affected),
        step=_SHOWN,
        values=_Values(values or {}),
        faults=faults or Faults(),
        blank=_Values(),
        no_faults=Faults(),
        form=form,
        kinds=KINDS,
        objects=[("", "The whole control"), *((one["id"], one["name"]) for one in affected[:_TO_CHOOSE] if one["id"])],
        days={"first": now.date().isoformat(), "last": (now + LONGEST).date().isoformat()},
        consent=_consent(view, request, found),
        benchmark=benchmark_name(found.scan.benchmark),
        section=section_name(found.numbered.number),
        service=service_name(found.control.service),
        assessment=ASSESSMENTS[found.control.assessment],
        is_attestation=found.control.assessment is Assessment.ATTESTATION,
        causes=CAUSES,
        numbers=[(benchmark_name(key), one.number) for key, one in found.control.benchmarks.items()],
        verdict_path=verdict_path,
        may_decide=view.may(DECIDE),
    )
    answer.status_code = 422 if faults else 200
    return answer


class _Values(dict[str, str]):
    """What was typed; nothing where nothing was."""

    def __missing__(self, _field: str) -> str:
        return ""


def _consent(view: View, request: Request, found: VerdictView) -> str | None:
    """Where a missing permission is consented to."""
    if found.result.missing_permission is None:
        return None
    credential = MicrosoftTenants(view.work).credential_of(found.tenant)
    return consent_link(found.tenant, credential.client_id if credential else None, doorway_of(request).settings)
