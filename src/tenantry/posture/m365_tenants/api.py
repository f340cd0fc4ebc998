"""`/msp/cspm/m365-tenants`: the estate's Microsoft tenants, as document 003 prints them."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel
from starlette.requests import Request

from tenantry.estate import flows
from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.permissions import MANAGE, OFFBOARD, READ
from tenantry.estate.schemas import MicrosoftTenantIn, MicrosoftTenantStart, OffboardIn
from tenantry.estate.service import (
    AlreadyOnboarded,
    MicrosoftTenants,
    NotConfirmed,
    OnboardedElsewhere,
    UnusableCertificate,
)
from tenantry.kit.errors import Conflict, NotFound
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.platform.doors import Api
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs import JobAlreadyRunning
from tenantry.platform.work import Work
from tenantry.posture.m365_tenants.preflight import preflight
from tenantry.posture.m365_tenants.schemas import (
    M365TenantChange,
    M365TenantIn,
    M365TenantOut,
    M365TenantPageOut,
    MaskedOut,
    Method,
    PreflightOut,
)
from tenantry.posture.overview.queries import scannable
from tenantry.posture.scans.models import AuthMethod
from tenantry.posture.scans.permissions import READ as READ_POSTURE
from tenantry.posture.user_credentials.service import UserCredentials, user_credential_of

api = Api("/msp/cspm/m365-tenants", "CIS posture")
_MASK: Final = "••••••••"


class TestStarted(BaseModel):
    """A job to follow under `/api/v1/jobs/{job_id}`; the outcome is then in `last_test_status`."""

    job_id: UUID


@api.get("", needs=READ_POSTURE, response_model=M365TenantPageOut)
def list_tenants(work: Work, page: PageQueryParameter) -> M365TenantPageOut:
    """The Microsoft tenants that can be scanned, by name."""
    by = [SortKey(MicrosoftTenant.name_key), SortKey(MicrosoftTenant.id)]
    found = paginate(work.session, scannable(work), page, by, count=True)
    items = [_shown(work, tenant) for tenant in found.items]
    return M365TenantPageOut(items=items, next_cursor=found.next_cursor, total=found.total or 0)


@api.post(
    "",
    needs=MANAGE,
    status_code=201,
    response_model=M365TenantOut,
    errors=[AlreadyOnboarded, OnboardedElsewhere, UnusableCertificate],
)
def create(work: Work, request: Request, wanted: M365TenantIn) -> M365TenantOut:
    """Onboards a Microsoft tenant; its credential is stored encrypted and tested in a job. A user name and a password
    are stored beside it, or instead: then only the PowerShell engine can scan it.
    """
    tenant = _begun(work, wanted.onboarding, doorway_of(request).settings.cloud)
    tenant.description = wanted.description
    if wanted.user_credential is not None:
        UserCredentials(work).give(tenant.id, wanted.user_credential)
    work.session.flush()
    return _shown(work, tenant)


@api.get("/{m365_tenant_id}", needs=READ, response_model=M365TenantOut, errors=[NotFound])
def get(work: Work, m365_tenant_id: UUID) -> M365TenantOut:
    return _shown(work, MicrosoftTenants(work).get(m365_tenant_id))


@api.put(
    "/{m365_tenant_id}",
    needs=MANAGE,
    response_model=M365TenantOut,
    errors=[NotFound, Conflict, UnusableCertificate],
)
def change(work: Work, m365_tenant_id: UUID, wanted: M365TenantChange) -> M365TenantOut:
    """Changes the name, the description, the credentials: what is given."""
    service = MicrosoftTenants(work)
    if wanted.m365_tenant_name is not None:
        service.rename(m365_tenant_id, wanted.m365_tenant_name)
    if "description" in wanted.model_fields_set:
        service.describe(m365_tenant_id, wanted.description)
    if wanted.credential is not None:
        flows.give_credential(work, m365_tenant_id, wanted.credential)
    if wanted.user_credential is not None:
        UserCredentials(work).give(m365_tenant_id, wanted.user_credential)
    elif wanted.forgets_user:
        UserCredentials(work).forget(m365_tenant_id)
    work.session.flush()
    return _shown(work, service.get(m365_tenant_id))


@api.delete(
    "/{m365_tenant_id}", needs=OFFBOARD, response_model=M365TenantOut, errors=[NotFound, Conflict, NotConfirmed]
)
def delete(
    work: Work,
    m365_tenant_id: UUID,
    data: Annotated[Literal["keep", "purge"], Query()] = "keep",
    confirm: Annotated[str | None, Query(max_length=256)] = None,
) -> M365TenantOut:
    """Offboards it and forgets its credentials. What was collected stays, unless `data=purge` and `confirm=name`."""
    tenant = MicrosoftTenants(work).get(m365_tenant_id)
    typed = tenant.name if data == "keep" else confirm or ""
    flows.offboard_tenant(work, m365_tenant_id, OffboardIn(confirm=typed, data=data))
    return _shown(work, tenant)


@api.get("/{m365_tenant_id}/credentials", needs=MANAGE, response_model=MaskedOut, errors=[NotFound])
def credentials(work: Work, m365_tenant_id: UUID) -> MaskedOut:
    """Which credentials are configured; their values are masked and cannot be read."""
    service = MicrosoftTenants(work)
    tenant = service.get(m365_tenant_id)
    found, user = service.credential_of(tenant), user_credential_of(work, tenant.id)
    return MaskedOut(
        auth_method=_method(work, tenant),
        client_id=found.client_id if found else None,
        secret=f"{_MASK}{found.hint or ''}" if found and found.stored_secret_id else None,
        reference=found.reference if found else None,
        expires_at=found.expires_at if found else None,
        username=user.username if user else None,
        password=_MASK if user else None,
    )


@api.post(
    "/{m365_tenant_id}/test-connection",
    needs=MANAGE,
    status_code=202,
    response_model=TestStarted,
    errors=[NotFound, Conflict, JobAlreadyRunning],
)
def test_connection(work: Work, m365_tenant_id: UUID) -> TestStarted:
    """Tests the connection in a job."""
    return TestStarted(job_id=flows.ask(work, flows.TEST, m365_tenant_id).id)


@api.get("/{m365_tenant_id}/preflight", needs=READ_POSTURE, response_model=PreflightOut, errors=[NotFound])
def show_preflight(work: Work, m365_tenant_id: UUID) -> PreflightOut:
    """Which grants are missing, and which controls they cost."""
    return preflight(work, m365_tenant_id)


def _shown(work: Work, tenant: MicrosoftTenant) -> M365TenantOut:
    return M365TenantOut.of(tenant, _method(work, tenant))


def _method(work: Work, tenant: MicrosoftTenant) -> Method | None:
    """The application's credential comes first: with it everything else is done, too."""
    if credential := MicrosoftTenants(work).credential_of(tenant):
        return credential.kind
    return AuthMethod.USERNAME_PASSWORD if user_credential_of(work, tenant.id) else None


def _begun(work: Work, wanted: MicrosoftTenantIn | MicrosoftTenantStart, cloud: str) -> MicrosoftTenant:
    if isinstance(wanted, MicrosoftTenantIn):
        return flows.onboard(work, wanted, cloud)
    return MicrosoftTenants(work).start(wanted, cloud)
