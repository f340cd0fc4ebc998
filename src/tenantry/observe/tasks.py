"""The collection job: all due datasets of one Microsoft tenant, a few at a time; and rebuilding what is shown."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.gateway import Gateway, Reach, reach_of
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.onboarding import SIGN_IN_PROBLEMS, finish_onboarding, note_sign_in
from tenantry.observe.datasets import Dataset
from tenantry.observe.events import tell_collected
from tenantry.observe.ledger import state_locked
from tenantry.observe.models import DatasetState, Outcome
from tenantry.observe.projecting import rebuild
from tenantry.observe.projections import projected
from tenantry.observe.running import CollectionRun
from tenantry.observe.schedules import apply_schedules, applying
from tenantry.platform.jobs import JobContext, RetryPolicy, job
from tenantry.platform.work import Work


@job("observe.collect", "Collection", retry=RetryPolicy(attempts=2, first_wait=60))
async def collect(context: JobContext, microsoft_tenant_id: str, datasets: Sequence[str] | None = None) -> None:
    """Collects the named datasets, or all that apply. Each is a step: a killed job goes on with the unfinished ones."""
    key = UUID(microsoft_tenant_id)
    gateway: Gateway = context.services
    reach = await context.in_work(reach_of, key, read_only=True)
    if reach.lifecycle in (Lifecycle.PAUSED, Lifecycle.OFFBOARDED):
        return
    outcomes = await CollectionRun(context, gateway, reach, _wanted(reach, datasets)).all()
    await context.in_work(_note_sign_in, key, list(outcomes))
    await context.in_work(finish_onboarding, key)
    await context.in_work(_schedule, key)
    await context.in_work(tell_collected, key)
    bad = sorted(name for name, outcome in outcomes.items() if outcome != Outcome.COMPLETE)
    note = f"{len(outcomes) - len(bad)} of {len(outcomes)} complete" + (f"; not: {', '.join(bad)}" if bad else "")
    await context.progress(len(outcomes), len(outcomes), note, force=True)


@job("observe.reproject", "Rebuilding what is shown")
async def reproject(context: JobContext, microsoft_tenant_id: str, datasets: Sequence[str] | None = None) -> None:
    """Makes projections and summaries anew from the stored observations: after a change of theirs, or a fault.

    Microsoft is not asked, and nothing is shown half rebuilt: each dataset is one transaction.
    """
    key = UUID(microsoft_tenant_id)
    names = [name for name in projected() if not datasets or name in datasets]
    rows = 0
    for done, name in enumerate(names, 1):
        rows += await context.in_work(_rebuild, key, name)
        await context.progress(done, len(names), f"{rows:,} rows".replace(",", "\u202f"), force=done == len(names))
    await context.in_work(tell_collected, key)


def _rebuild(work: Work, microsoft_tenant_id: UUID, dataset: str) -> int:
    """A dataset that was never collected has nothing to rebuild from, and its first collection is left in peace."""
    known = state_locked(work, microsoft_tenant_id, dataset) is not None
    return rebuild(work.session, microsoft_tenant_id, dataset) if known else 0


def _wanted(reach: Reach, names: Sequence[str] | None) -> list[Dataset]:
    found = applying(reach.access)
    return found if not names else [item for item in found if item.name in names]


def _note_sign_in(work: Work, microsoft_tenant_id: UUID, names: Sequence[str]) -> None:
    """When all of it failed because we were not let in, that is the connection's problem and not the datasets'."""
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == microsoft_tenant_id, DatasetState.dataset.in_(names)
    )
    states = work.session.scalars(query).all()
    shut_out = [state for state in states if state.problem_code in SIGN_IN_PROBLEMS]
    if shut_out and len(shut_out) == len(states):
        problem = str(shut_out[0].problem_code), shut_out[0].problem_message or ""
        note_sign_in(work, microsoft_tenant_id, problem)
    elif not shut_out and any(state.outcome is Outcome.COMPLETE for state in states):
        note_sign_in(work, microsoft_tenant_id, None)


def _schedule(work: Work, microsoft_tenant_id: UUID) -> None:
    """Unless somebody paused or offboarded it meanwhile."""
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    if tenant.lifecycle is Lifecycle.ACTIVE:
        apply_schedules(work, tenant)
