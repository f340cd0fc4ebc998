"""`/jobs`: what runs in the background, live."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Pages, View
from tenantry.platform.job_board.queries import page_of_jobs
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import JobState
from tenantry.platform.jobs.permissions import CANCEL, READ
from tenantry.platform.jobs.registry import kind_named
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/jobs")
navigation(NavItem("Jobs", "/jobs", "⟳", 80, READ.name))


@pages.get("", needs=READ)
def jobs(view: View, request: Request, page: PageQueryParameter, state: str = "") -> Response:
    wanted = JobState(state) if state in set(JobState) else None
    found = page_of_jobs(view.work.session, Jobs(view.work).recent(state=wanted), page)
    labels = {job.kind: kind.label for job in found.items if (kind := kind_named(job.kind))}
    fragment = request.headers.get("hx-request") == "true"
    template = "platform/job_board/_table.html" if fragment else "platform/job_board/jobs.html"
    options = dict(request.query_params)
    return view.page(template, jobs=found, labels=labels, options=options, may_cancel=view.may(CANCEL))


@pages.post("/{job_id}/cancel", needs=CANCEL)
def cancel(view: View, job_id: UUID) -> Response:
    Jobs(view.work).cancel(job_id)
    return view.redirect("/jobs", "The job is being stopped.")
