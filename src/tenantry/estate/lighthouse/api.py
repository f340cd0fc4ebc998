"""`/api/v1/lighthouse`: delegated customers, onboarding them, and the template that asks for a delegation."""

from typing import Any
from uuid import UUID

from starlette.requests import Request

from tenantry.estate.api import JobStarted
from tenantry.estate.lighthouse.schemas import CustomersOut, OnboardCustomerIn, TemplateIn
from tenantry.estate.lighthouse.service import Lighthouse
from tenantry.estate.permissions import MANAGE, READ
from tenantry.estate.presentation import shown
from tenantry.estate.schemas import MicrosoftTenantOut
from tenantry.estate.service import AlreadyOnboarded, MicrosoftTenants, OnboardedElsewhere
from tenantry.kit.errors import Conflict, NotFound
from tenantry.platform.doors import Api
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs import JobAlreadyRunning
from tenantry.platform.work import Work

api = Api("/api/v1/lighthouse", "Azure Lighthouse")


@api.get("/{managing_id}/customers", needs=READ, response_model=CustomersOut, errors=[NotFound])
def customers(work: Work, managing_id: UUID) -> CustomersOut:
    """The customers whose subscriptions a managing Microsoft tenant sees, as they were listed last."""
    return Lighthouse(work).customers(managing_id)


@api.post(
    "/{managing_id}/customers",
    needs=MANAGE,
    status_code=202,
    response_model=JobStarted,
    errors=[NotFound, Conflict, JobAlreadyRunning],
)
def list_customers(work: Work, managing_id: UUID) -> JobStarted:
    """Lists the delegations anew, in a job."""
    return JobStarted(job_id=Lighthouse(work).list_now(managing_id).id)


@api.post(
    "/{managing_id}/customers/{customer_entra_id}/onboard",
    needs=MANAGE,
    status_code=201,
    response_model=MicrosoftTenantOut,
    errors=[NotFound, AlreadyOnboarded, OnboardedElsewhere],
)
def onboard_customer(
    work: Work, request: Request, managing_id: UUID, customer_entra_id: UUID, wanted: OnboardCustomerIn
) -> MicrosoftTenantOut:
    """Onboards a customer that delegates subscriptions, for Azure only."""
    tenant = Lighthouse(work).onboard(managing_id, customer_entra_id, wanted.name)
    return shown(MicrosoftTenants(work), tenant, doorway_of(request).settings)


@api.post("/template", needs=READ)
def template(work: Work, wanted: TemplateIn) -> dict[str, Any]:
    """The ARM template a customer deploys in each subscription it delegates."""
    return Lighthouse(work).template(wanted)
