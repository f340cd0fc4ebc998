"""`/api/v1/posture`: decisions about findings, attestations, and how Microsoft tenants are judged."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.platform.doors import Api
from tenantry.platform.work import Work
from tenantry.posture.decisions.models import Attestation, Disposition
from tenantry.posture.decisions.schemas import (
    AttestationIn,
    AttestationOut,
    DispositionIn,
    DispositionOut,
    PostureSettingsIn,
    PostureSettingsOut,
)
from tenantry.posture.decisions.service import AlreadyDecided, Attestations, Dispositions, change_settings
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.parameters import Parameters
from tenantry.posture.scans.permissions import DECIDE, READ

api = Api("/api/v1/posture", "Posture")


class DispositionPageOut(BaseModel):
    items: list[DispositionOut]
    next_cursor: str | None


class AttestationPageOut(BaseModel):
    items: list[AttestationOut]
    next_cursor: str | None


@api.get("/parameters", needs=READ)
def parameters() -> dict[str, Any]:
    """Every parameter with its meaning and its default, as a JSON schema."""
    return Parameters.model_json_schema()


@api.get("/dispositions", needs=READ, response_model=DispositionPageOut)
def dispositions(work: Work, page: PageQueryParameter, microsoft_tenant_id: UUID | None = None) -> DispositionPageOut:
    """Decisions, the newest first; ended and expired ones too."""
    order = [SortKey(Disposition.decided_at, descending=True, never_null=True), SortKey(Disposition.id)]
    found = paginate(work.session, Dispositions(work).every(microsoft_tenant_id), page, order)
    return DispositionPageOut(
        items=[DispositionOut.model_validate(row) for row in found.items], next_cursor=found.next_cursor
    )


@api.post(
    "/microsoft-tenants/{microsoft_tenant_id}/dispositions",
    needs=DECIDE,
    status_code=201,
    response_model=DispositionOut,
    errors=[NotFound, InvalidInput, Conflict, AlreadyDecided],
)
def decide(work: Work, microsoft_tenant_id: UUID, wanted: DispositionIn) -> DispositionOut:
    """Decides about a finding. The verdict stays; the decision ends by itself."""
    return DispositionOut.model_validate(Dispositions(work).decide(microsoft_tenant_id, wanted))


@api.delete("/dispositions/{disposition_id}", needs=DECIDE, response_model=DispositionOut, errors=[NotFound, Conflict])
def end_disposition(work: Work, disposition_id: UUID) -> DispositionOut:
    """Ends a decision early: the finding is open again."""
    return DispositionOut.model_validate(Dispositions(work).end(disposition_id))


@api.get("/attestations", needs=READ, response_model=AttestationPageOut)
def attestations(work: Work, page: PageQueryParameter, microsoft_tenant_id: UUID | None = None) -> AttestationPageOut:
    """Attestations, the newest first; lapsed and withdrawn ones too."""
    order = [SortKey(Attestation.attested_at, descending=True, never_null=True), SortKey(Attestation.id)]
    found = paginate(work.session, Attestations(work).every(microsoft_tenant_id), page, order)
    return AttestationPageOut(
        items=[AttestationOut.model_validate(row) for row in found.items], next_cursor=found.next_cursor
    )


@api.post(
    "/microsoft-tenants/{microsoft_tenant_id}/attestations",
    needs=DECIDE,
    status_code=201,
    response_model=AttestationOut,
    errors=[NotFound, InvalidInput],
)
def attest(work: Work, microsoft_tenant_id: UUID, wanted: AttestationIn) -> AttestationOut:
    """Attests a control no machine can see. It is manual again after `valid_until`."""
    return AttestationOut.model_validate(Attestations(work).attest(microsoft_tenant_id, wanted))


@api.delete("/attestations/{attestation_id}", needs=DECIDE, response_model=AttestationOut, errors=[NotFound, Conflict])
def withdraw_attestation(work: Work, attestation_id: UUID) -> AttestationOut:
    return AttestationOut.model_validate(Attestations(work).withdraw(attestation_id))


@api.get(
    "/microsoft-tenants/{microsoft_tenant_id}/settings",
    needs=READ,
    response_model=PostureSettingsOut,
    errors=[NotFound],
)
def settings(work: Work, microsoft_tenant_id: UUID) -> PostureSettingsOut:
    """How a Microsoft tenant is judged."""
    work.actor.require(READ, on=microsoft_tenant_id)
    return _shown(work, microsoft_tenant_id)


@api.put(
    "/microsoft-tenants/{microsoft_tenant_id}/settings",
    needs=DECIDE,
    response_model=PostureSettingsOut,
    errors=[NotFound, InvalidInput, Conflict],
)
def put_settings(work: Work, microsoft_tenant_id: UUID, wanted: PostureSettingsIn) -> PostureSettingsOut:
    """Changes the benchmark version, the parameters, or whether this is the golden Microsoft tenant."""
    change_settings(work, microsoft_tenant_id, wanted)
    return _shown(work, microsoft_tenant_id)


def _shown(work: Work, microsoft_tenant_id: UUID) -> PostureSettingsOut:
    work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant")
    held = settings_of(work.session, microsoft_tenant_id)
    return PostureSettingsOut(
        microsoft_tenant_id=microsoft_tenant_id,
        benchmark=held.benchmark,
        parameters=held.parameters.model_dump(mode="json"),
        is_reference=held.is_reference,
    )
