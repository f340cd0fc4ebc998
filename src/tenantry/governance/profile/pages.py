"""`/microsoft-tenants/{id}`: a page one could send to its customer, and what stands behind its figures."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Form
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.expiry import expiry_state
from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.needs import lost_without
from tenantry.estate.permissions import MANAGE, READ
from tenantry.estate.presentation import consent_link, losses
from tenantry.estate.queries import offboarding_of
from tenantry.estate.service import MicrosoftTenants
from tenantry.estate.wizard.progress import steps_of
from tenantry.governance.overview.exports import figure_state
from tenantry.governance.overview.figures import tenant_figures
from tenantry.governance.overview.listeners import FIGURES
from tenantry.governance.overview.models import Summary
from tenantry.governance.overview.queries import health_of
from tenantry.governance.resources.queries import names_of
from tenantry.kit.errors import InvalidInput
from tenantry.observe.losses import lost_subscriptions
from tenantry.observe.models import LostSubscription, Outcome
from tenantry.observe.queries import datasets_of, recent_collections
from tenantry.observe.schedules import LONGEST, SHORTEST, choose, plan_of
from tenantry.platform.audit_trail.permissions import READ as READ_AUDIT
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs.models import OPEN_STATES, Job
from tenantry.platform.jobs.registry import kind_named
from tenantry.platform.work import Work

pages = Pages("/microsoft-tenants")

_RECENT_JOBS: Final = 8
_RECENT_COLLECTIONS: Final = 60
_NO_FAULT: Final = frozenset({Outcome.COMPLETE, Outcome.NOT_LICENSED, Outcome.UNSUPPORTED, Outcome.RUNNING})
Names = Annotated[list[str] | None, Form(max_length=500)]


@pages.get("", needs=READ)
def fleet(view: View) -> Response:
    return view.redirect("/")


@pages.get("/{microsoft_tenant_id}", needs=READ)
def profile(view: View, request: Request, microsoft_tenant_id: UUID) -> Response:
    service = MicrosoftTenants(view.work)
    tenant = service.get(microsoft_tenant_id)
    credential = service.credential_of(tenant)
    expires_at = credential.expires_at if credential else None
    data = datasets_of(view.work, tenant)
    summary = _summary(view.work, tenant)
    return view.page(
        "governance/profile/profile.html",
        tenant=tenant,
        health=health_of(tenant),
        steps=steps_of(tenant.access),
        managing=_managing(view.work, tenant),
        credential=credential,
        expiry=expiry_state(expires_at, view.work.clock.now()).value,
        consent=consent_link(tenant, credential.client_id if credential else None, doorway_of(request).settings),
        losses=losses(tenant),
        granted=[(name, ", ".join(lost_without(name))) for name in tenant.granted_permissions],
        summary=summary,
        states={group: figure_state(tenant.access.value, summary, group) for group in FIGURES},
        figures=tenant_figures(view.work, tenant.id),
        data=data,
        lost=_lost(view.work, tenant),
        faulty=[pair for pair in data if pair[1] is not None and pair[1].outcome not in _NO_FAULT],
        certificate=offboarding_of(view.work, tenant),
        may_manage=view.may(MANAGE),
        may_audit=view.may(READ_AUDIT),
        **_jobs(view.work, tenant),
    )


@pages.get("/{microsoft_tenant_id}/data", needs=READ)
def data(view: View, microsoft_tenant_id: UUID) -> Response:
    tenant = MicrosoftTenants(view.work).get(microsoft_tenant_id)
    datasets = datasets_of(view.work, tenant)
    return view.page(
        "governance/profile/data.html",
        tenant=tenant,
        data=datasets,
        titles={planned.dataset.name: planned.dataset.title for planned, _ in datasets},
        collections=recent_collections(view.work, tenant, _RECENT_COLLECTIONS),
        may_manage=view.may(MANAGE),
        **_jobs(view.work, tenant),
    )


@pages.get("/{microsoft_tenant_id}/schedule", needs=MANAGE)
def schedule(view: View, microsoft_tenant_id: UUID) -> Response:
    return _schedule(view, MicrosoftTenants(view.work).get(microsoft_tenant_id))


@pages.post("/{microsoft_tenant_id}/schedule", needs=MANAGE)
def change_schedule(view: View, microsoft_tenant_id: UUID, dataset: Names = None, hours: Names = None) -> Response:
    """One interval per dataset, in the same order; an empty one takes the default again."""
    try:
        wanted = dict(zip(dataset or [], map(_hours, hours or []), strict=True))
        tenant = choose(view.work, microsoft_tenant_id, wanted)
    except (InvalidInput, ValueError) as error:
        why = error.detail if isinstance(error, InvalidInput) else "Choose whole hours, one interval per dataset."
        return _schedule(view, MicrosoftTenants(view.work).get(microsoft_tenant_id), why)
    return view.redirect(f"/microsoft-tenants/{tenant.id}/schedule", "The schedule was changed.")


def _schedule(view: View, tenant: MicrosoftTenant, fault: str | None = None) -> Response:
    answer = view.page(
        "governance/profile/schedule.html",
        tenant=tenant,
        plan=plan_of(view.work, tenant),
        fault=fault,
        choices=range(SHORTEST, LONGEST + 1),
        may_manage=True,
    )
    answer.status_code = 422 if fault else 200
    return answer


def _hours(text: str) -> int | None:
    return int(text) if text else None


def _summary(work: Work, tenant: MicrosoftTenant) -> Summary | None:
    return work.session.scalars(select(Summary).where(Summary.microsoft_tenant_id == tenant.id)).one_or_none()


def _lost(work: Work, tenant: MicrosoftTenant) -> list[tuple[LostSubscription, str]]:
    """The subscriptions that are out of sight, by what they were called."""
    rows = lost_subscriptions(work.session, tenant.id)
    names = names_of(work, rows)
    return [(row, names.subscription(row)) for row in rows]


def _managing(work: Work, tenant: MicrosoftTenant) -> MicrosoftTenant | None:
    if tenant.managing_id is None or not work.actor.reaches(tenant.managing_id):
        return None
    return work.session.one(MicrosoftTenant, tenant.managing_id)


def _jobs(work: Work, tenant: MicrosoftTenant) -> dict[str, Any]:
    """The recent jobs, what they are called, and the one to watch."""
    query = select(Job).where(Job.subject_id == tenant.id).order_by(Job.created_at.desc()).limit(_RECENT_JOBS)
    jobs = list(work.session.scalars(query))
    labels = {job.kind: kind.label if (kind := kind_named(job.kind)) else job.kind for job in jobs}
    return {"jobs": jobs, "labels": labels, "running": [job for job in jobs if job.state in OPEN_STATES]}
