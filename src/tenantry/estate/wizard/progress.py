"""Where an onboarding stands, in the words of the wizard."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from tenantry.estate.flows import COLLECT, ONBOARD
from tenantry.estate.models import Access, Connection, MicrosoftTenant, Step
from tenantry.platform.jobs.models import OPEN_STATES, Job
from tenantry.platform.work import Work

_APP: Final = (
    ("tenant", "Microsoft tenant"),
    (Step.CREDENTIALS.value, "Credential"),
    (Step.TOKEN.value, "Token"),
    (Step.PERMISSIONS.value, "Permissions"),
    (Step.FIRST_COLLECTION.value, "First collection"),
)
_LIGHTHOUSE: Final = (
    ("tenant", "Microsoft tenant"),
    (Step.TOKEN.value, "Delegation"),
    (Step.FIRST_COLLECTION.value, "First collection"),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """The steps, the one that is next, whether it failed, and the job that works on it if one does."""

    steps: tuple[tuple[str, str], ...]
    here: str
    failed: bool
    job: Job | None

    @property
    def is_done(self) -> bool:
        return self.here == Step.DONE.value


def steps_of(access: Access) -> tuple[tuple[str, str], ...]:
    return _LIGHTHOUSE if access is Access.LIGHTHOUSE else _APP


def progress_of(work: Work, tenant: MicrosoftTenant) -> Progress:
    query = select(Job).where(Job.subject_id == tenant.id, Job.kind.in_((ONBOARD, COLLECT)), Job.state.in_(OPEN_STATES))
    job = work.session.scalars(query.order_by(Job.created_at.desc()).limit(1)).one_or_none()
    failed = job is None and tenant.connection is Connection.BROKEN
    return Progress(steps_of(tenant.access), tenant.step.value, failed, job)
