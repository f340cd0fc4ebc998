"""`/microsoft-tenants/{id}`: a page one could send to its customer."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import Access, MicrosoftTenant
from tenantry.estate.permissions import MANAGE, OFFBOARD, READ
from tenantry.estate.presentation import consent_link, losses
from tenantry.estate.service import MicrosoftTenants
from tenantry.governance.overview.models import Summary
from tenantry.observe.datasets import Dataset, Needs, all_datasets
from tenantry.observe.models import DatasetState
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs.models import OPEN_STATES, Job
from tenantry.platform.jobs.registry import kind_named
from tenantry.platform.work import Work

pages = Pages("/microsoft-tenants")


@pages.get("", needs=READ)
def fleet(view: View) -> Response:
    return view.redirect("/")


@pages.get("/{microsoft_tenant_id}", needs=READ)
def profile(view: View, request: Request, microsoft_tenant_id: UUID) -> Response:
    service = MicrosoftTenants(view.work)
    tenant = service.get(microsoft_tenant_id)
    credential = service.credential_of(tenant)
    settings = doorway_of(request).settings
    jobs = _jobs(view.work, tenant)
    return view.page(
        "governance/profile/profile.html",
        tenant=tenant,
        credential=credential,
        consent=consent_link(tenant, credential.client_id if credential else None, settings),
        losses=losses(tenant),
        summary=_summary(view.work, tenant),
        datasets=_datasets(view.work, tenant),
        jobs=jobs,
        labels={job.kind: kind.label for job in jobs if (kind := kind_named(job.kind))},
        busy=any(job.state in OPEN_STATES for job in jobs),
        may_manage=view.may(MANAGE),
        may_offboard=view.may(OFFBOARD),
    )


def _summary(work: Work, tenant: MicrosoftTenant) -> Summary | None:
    return work.session.scalars(select(Summary).where(Summary.microsoft_tenant_id == tenant.id)).one_or_none()


def _datasets(work: Work, tenant: MicrosoftTenant) -> list[tuple[Dataset, DatasetState | None]]:
    """Every dataset that applies, collected or not: what is missing is shown, not left out."""
    query = select(DatasetState).where(DatasetState.microsoft_tenant_id == tenant.id)
    states: dict[str, Any] = {state.dataset: state for state in work.session.scalars(query)}
    applying = [
        item for item in all_datasets() if tenant.access is Access.APP_REGISTRATION or item.needs is Needs.AZURE
    ]
    return [(item, states.get(item.name)) for item in applying]


def _jobs(work: Work, tenant: MicrosoftTenant) -> list[Job]:
    query = select(Job).where(Job.subject_id == tenant.id).order_by(Job.created_at.desc()).limit(8)
    return list(work.session.scalars(query))
