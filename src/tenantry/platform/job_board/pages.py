"""`/jobs`: what runs in the background, live, and what comes again."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Pages, View
from tenantry.platform.job_board.queries import names_of, page_of_jobs, page_of_schedules
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import JobState
from tenantry.platform.jobs.permissions import CANCEL, READ
from tenantry.platform.jobs.registry import kind_named
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/jobs")
navigation(NavItem("Jobs", "/jobs", "activity", 80, READ.name))

Key = Annotated[UUID | None, BeforeValidator(lambda value: value or None)]


@pages.get("", needs=READ)
def jobs(view: View, request: Request, page: PageQueryParameter, state: str = "", subject: Key = None) -> Response:
    wanted = JobState(state) if state in set(JobState) else None
    found = page_of_jobs(view.work.session, Jobs(view.work).recent(state=wanted, subject_id=subject), page)
    reached = subject if subject is None or view.work.actor.reaches(subject) else None
    names = names_of(view.work.session, [*(job.subject_id for job in found.items), reached])
    chips = [("state", "State", state)] if wanted else []
    if subject is not None:
        chips.append(("subject", "Microsoft tenant", names.get(subject, "not one of yours")))
    return view.page(
        "platform/job_board/jobs.html",
        jobs=found,
        labels=_labels(found.items),
        names=names,
        chips=chips,
        options=dict(request.query_params),
        states=[item.value for item in JobState],
        may_cancel=view.may(CANCEL),
    )


@pages.get("/schedules", needs=READ)
def schedules(view: View, request: Request, page: PageQueryParameter) -> Response:
    found = page_of_schedules(view.work.session, page, view.work.actor.scope)
    return view.page(
        "platform/job_board/schedules.html",
        rows=found,
        labels=_labels(found.items),
        names=names_of(view.work.session, (row.subject_id for row in found.items)),
        options=dict(request.query_params),
    )


@pages.post("/{job_id}/cancel", needs=CANCEL)
def cancel(view: View, job_id: UUID) -> Response:
    Jobs(view.work).cancel(job_id)
    return view.redirect("/jobs", "The job is being stopped.")


@pages.post("/{job_id}/retry", needs=CANCEL)
def retry(view: View, job_id: UUID) -> Response:
    Jobs(view.work).retry(job_id)
    return view.redirect("/jobs", "The job was asked for again.")


def _labels(rows: Any) -> dict[str, str]:
    return {row.kind: kind.label for row in rows if (kind := kind_named(row.kind))}
