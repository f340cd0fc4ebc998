"""`/api/v1/microsoft-tenants`: onboarding, testing, pausing, offboarding for programs."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from starlette.requests import Request

from tenantry.estate.flows import offboard_tenant
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import MANAGE, OFFBOARD, READ
from tenantry.estate.presentation import shown
from tenantry.estate.schemas import (
    CredentialIn,
    MicrosoftTenantIn,
    MicrosoftTenantOut,
    MicrosoftTenantPageOut,
    MicrosoftTenantPatch,
    OffboardIn,
)
from tenantry.estate.service import AlreadyOnboarded, MicrosoftTenants, NotConfirmed, UnknownManagingTenant
from tenantry.kit.errors import Conflict, NotFound
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.kit.references import NotAReference
from tenantry.platform.doors import Api
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs import JobAlreadyRunning, Jobs
from tenantry.platform.work import Work

api = Api("/api/v1/microsoft-tenants", "Microsoft tenants")


class JobStarted(BaseModel):
    """A job to follow under `/api/v1/jobs/{job_id}`."""

    job_id: UUID


@api.get("", needs=READ, response_model=MicrosoftTenantPageOut)
def list_microsoft_tenants(
    work: Work, request: Request, page: PageQueryParameter, lifecycle: Lifecycle | None = None
) -> MicrosoftTenantPageOut:
    """Microsoft tenants by name."""
    statement = select(MicrosoftTenant)
    if lifecycle is not None:
        statement = statement.where(MicrosoftTenant.lifecycle == lifecycle)
    by = [SortKey(MicrosoftTenant.name_key), SortKey(MicrosoftTenant.id)]
    found = paginate(work.session, statement, page, by, count=True)
    service, settings = MicrosoftTenants(work), doorway_of(request).settings
    items = [shown(service, tenant, settings) for tenant in found.items]
    return MicrosoftTenantPageOut(items=items, next_cursor=found.next_cursor, total=found.total or 0)


@api.post(
    "",
    needs=MANAGE,
    status_code=201,
    response_model=MicrosoftTenantOut,
    errors=[AlreadyOnboarded, UnknownManagingTenant, NotAReference],
)
def onboard(work: Work, request: Request, wanted: MicrosoftTenantIn) -> MicrosoftTenantOut:
    """Starts an onboarding; its steps run in a job."""
    service, settings = MicrosoftTenants(work), doorway_of(request).settings
    tenant = service.add(wanted, settings.cloud)
    _start(work, "estate.onboard", tenant)
    return shown(service, tenant, settings)


@api.get("/{microsoft_tenant_id}", needs=READ, response_model=MicrosoftTenantOut, errors=[NotFound])
def get(work: Work, request: Request, microsoft_tenant_id: UUID) -> MicrosoftTenantOut:
    """One Microsoft tenant and the state of its connection."""
    service = MicrosoftTenants(work)
    return shown(service, service.get(microsoft_tenant_id), doorway_of(request).settings)


@api.patch("/{microsoft_tenant_id}", needs=MANAGE, response_model=MicrosoftTenantOut, errors=[NotFound])
def change(work: Work, request: Request, microsoft_tenant_id: UUID, wanted: MicrosoftTenantPatch) -> MicrosoftTenantOut:
    """Changes what is ours to change; the rest is Microsoft's."""
    service = MicrosoftTenants(work)
    tenant = service.rename(microsoft_tenant_id, wanted.name) if wanted.name else service.get(microsoft_tenant_id)
    return shown(service, tenant, doorway_of(request).settings)


@api.put(
    "/{microsoft_tenant_id}/credential",
    needs=MANAGE,
    response_model=MicrosoftTenantOut,
    errors=[NotFound, NotAReference],
)
def replace_credential(
    work: Work, request: Request, microsoft_tenant_id: UUID, wanted: CredentialIn
) -> MicrosoftTenantOut:
    """Puts another credential in the place of the current one. It can be used, never read."""
    service = MicrosoftTenants(work)
    tenant = service.replace_credential(microsoft_tenant_id, wanted)
    return shown(service, tenant, doorway_of(request).settings)


@api.post(
    "/{microsoft_tenant_id}/test",
    needs=MANAGE,
    status_code=202,
    response_model=JobStarted,
    errors=[NotFound, JobAlreadyRunning],
)
def test(work: Work, microsoft_tenant_id: UUID) -> JobStarted:
    """Tests the connection in a job."""
    return _start(work, "estate.test", MicrosoftTenants(work).get(microsoft_tenant_id))


@api.post(
    "/{microsoft_tenant_id}/resume",
    needs=MANAGE,
    status_code=202,
    response_model=JobStarted,
    errors=[NotFound, Conflict],
)
def resume(work: Work, microsoft_tenant_id: UUID) -> JobStarted:
    """Goes on with a half-finished onboarding, or ends a pause."""
    return _start(work, "estate.onboard", MicrosoftTenants(work).resume(microsoft_tenant_id))


@api.post("/{microsoft_tenant_id}/pause", needs=MANAGE, response_model=MicrosoftTenantOut, errors=[NotFound, Conflict])
def pause(work: Work, request: Request, microsoft_tenant_id: UUID) -> MicrosoftTenantOut:
    """Stops collecting until it is resumed."""
    service = MicrosoftTenants(work)
    tenant = service.pause(microsoft_tenant_id)
    Jobs(work).unschedule(tenant.id)
    return shown(service, tenant, doorway_of(request).settings)


@api.post(
    "/{microsoft_tenant_id}/offboard",
    needs=OFFBOARD,
    response_model=MicrosoftTenantOut,
    errors=[NotFound, NotConfirmed, Conflict],
)
def offboard(work: Work, request: Request, microsoft_tenant_id: UUID, wanted: OffboardIn) -> MicrosoftTenantOut:
    """Stops everything, forgets the credential, and keeps or deletes the data."""
    return shown(
        MicrosoftTenants(work), offboard_tenant(work, microsoft_tenant_id, wanted), doorway_of(request).settings
    )


def _start(work: Work, kind: str, tenant: MicrosoftTenant) -> JobStarted:
    job = Jobs(work).enqueue(kind, {"microsoft_tenant_id": str(tenant.id)}, subject_id=tenant.id)
    return JobStarted(job_id=job.id)
