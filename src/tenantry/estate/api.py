"""`/api/v1/microsoft-tenants`: onboarding, testing, pausing, offboarding for programs."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from starlette.requests import Request

from tenantry.estate import flows
from tenantry.estate.configuration import BadConfiguration, read_tenants
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import MANAGE, OFFBOARD, READ
from tenantry.estate.presentation import shown
from tenantry.estate.queries import offboarding_of
from tenantry.estate.schemas import (
    CredentialIn,
    ImportedOut,
    ImportOut,
    MicrosoftTenantIn,
    MicrosoftTenantOut,
    MicrosoftTenantPageOut,
    MicrosoftTenantPatch,
    OffboardIn,
    OffboardingOut,
    TenantsFileIn,
)
from tenantry.estate.service import (
    AlreadyOnboarded,
    MicrosoftTenants,
    NotConfirmed,
    OnboardedElsewhere,
    UnknownManagingTenant,
    UnusableCertificate,
)
from tenantry.kit.errors import Conflict, NotFound
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.kit.references import NotAReference
from tenantry.platform.doors import Api
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs import JobAlreadyRunning
from tenantry.platform.jobs.models import Job
from tenantry.platform.work import Work

api = Api("/api/v1/microsoft-tenants", "Microsoft tenants")


class JobStarted(BaseModel):
    """A job to follow under `/api/v1/jobs/{job_id}`."""

    job_id: UUID


class Resumed(BaseModel):
    """What goes on: a job, or nothing as long as there is no credential to go on with."""

    job_id: UUID | None
    says: str


@api.get("", needs=READ, response_model=MicrosoftTenantPageOut)
def list_microsoft_tenants(
    work: Work, request: Request, page: PageQueryParameter, lifecycle: Lifecycle | None = None
) -> MicrosoftTenantPageOut:
    """Microsoft tenants by name."""
    statement = select(MicrosoftTenant)
    if work.actor.scope is not None:
        statement = statement.where(MicrosoftTenant.id.in_(work.actor.scope))
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
    errors=[AlreadyOnboarded, OnboardedElsewhere, UnknownManagingTenant, NotAReference, UnusableCertificate],
)
def onboard(work: Work, request: Request, wanted: MicrosoftTenantIn) -> MicrosoftTenantOut:
    """Starts an onboarding; its steps run in a job."""
    settings = doorway_of(request).settings
    return shown(MicrosoftTenants(work), flows.onboard(work, wanted, settings.cloud), settings)


@api.post("/import", needs=MANAGE, status_code=202, response_model=ImportOut, errors=[BadConfiguration, NotAReference])
def import_file(work: Work, request: Request, wanted: TenantsFileIn) -> ImportOut:
    """Onboards every Microsoft tenant of a `tenants.yaml`; a file with a fault changes nothing."""
    entries = read_tenants(wanted.yaml.encode(), "the file")
    done = flows.import_tenants(work, entries, doorway_of(request).settings.cloud)
    items = [
        ImportedOut(
            name=item.wanted.name,
            entra_tenant_id=item.wanted.entra_tenant_id,
            outcome=item.outcome,
            microsoft_tenant_id=item.microsoft_tenant_id,
            why=item.why,
        )
        for item in done
    ]
    return ImportOut(items=items)


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
    errors=[NotFound, NotAReference, UnusableCertificate, Conflict, JobAlreadyRunning],
)
def replace_credential(
    work: Work, request: Request, microsoft_tenant_id: UUID, wanted: CredentialIn
) -> MicrosoftTenantOut:
    """Puts another credential in the place of the current one and tests it. It can be used, never read."""
    tenant = flows.give_credential(work, microsoft_tenant_id, wanted)
    return shown(MicrosoftTenants(work), tenant, doorway_of(request).settings)


@api.post(
    "/{microsoft_tenant_id}/test",
    needs=MANAGE,
    status_code=202,
    response_model=JobStarted,
    errors=[NotFound, Conflict, JobAlreadyRunning],
)
def test(work: Work, microsoft_tenant_id: UUID) -> JobStarted:
    """Tests the connection in a job."""
    return _started(flows.ask(work, flows.TEST, microsoft_tenant_id))


@api.post(
    "/{microsoft_tenant_id}/collect",
    needs=MANAGE,
    status_code=202,
    response_model=JobStarted,
    errors=[NotFound, Conflict, JobAlreadyRunning],
)
def collect(work: Work, microsoft_tenant_id: UUID) -> JobStarted:
    """Collects every dataset that applies, now."""
    return _started(flows.ask(work, flows.COLLECT, microsoft_tenant_id))


@api.post(
    "/{microsoft_tenant_id}/resume",
    needs=MANAGE,
    status_code=202,
    response_model=Resumed,
    errors=[NotFound, Conflict, JobAlreadyRunning],
)
def resume(work: Work, microsoft_tenant_id: UUID) -> Resumed:
    """Ends a pause, or goes on with a half-finished onboarding. Without a credential there is no job to go on with."""
    job = flows.resume(work, microsoft_tenant_id)
    if job is None:
        return Resumed(job_id=None, says=flows.RESUMED_UNREACHABLE)
    return Resumed(job_id=job.id, says=flows.RESUMED)


@api.post("/{microsoft_tenant_id}/pause", needs=MANAGE, response_model=MicrosoftTenantOut, errors=[NotFound, Conflict])
def pause(work: Work, request: Request, microsoft_tenant_id: UUID) -> MicrosoftTenantOut:
    """Stops collecting until it is resumed."""
    return shown(MicrosoftTenants(work), flows.pause(work, microsoft_tenant_id), doorway_of(request).settings)


@api.post(
    "/{microsoft_tenant_id}/offboard",
    needs=OFFBOARD,
    response_model=MicrosoftTenantOut,
    errors=[NotFound, NotConfirmed, Conflict],
)
def offboard(work: Work, request: Request, microsoft_tenant_id: UUID, wanted: OffboardIn) -> MicrosoftTenantOut:
    """Stops everything, forgets the credential, and keeps or deletes the data."""
    tenant = flows.offboard_tenant(work, microsoft_tenant_id, wanted)
    return shown(MicrosoftTenants(work), tenant, doorway_of(request).settings)


@api.get("/{microsoft_tenant_id}/offboarding", needs=READ, response_model=OffboardingOut, errors=[NotFound])
def offboarding(work: Work, microsoft_tenant_id: UUID) -> OffboardingOut:
    """The certificate of the last offboarding, from the audit trail: who, when, and the rows deleted per table."""
    found = offboarding_of(work, MicrosoftTenants(work).get(microsoft_tenant_id))
    if found is None:
        raise NotFound(what="offboarding")
    return found


def _started(job: Job) -> JobStarted:
    return JobStarted(job_id=job.id)
