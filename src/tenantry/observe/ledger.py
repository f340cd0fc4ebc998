"""The rows of a collection: opened once, staged batch by batch, ended once, however many workers believe it is theirs.

A worker that was believed dead may wake up beside the one that took its job over. Each change therefore locks the row
and compares the number of pages with what this run saw last: whoever comes second learns that the work goes on
elsewhere, and stops.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenantry.microsoft import Kind, UpstreamError
from tenantry.observe.datasets import Dataset
from tenantry.observe.losses import note_losses
from tenantry.observe.models import Collection, DatasetState, Outcome
from tenantry.observe.projecting import drop_vanished
from tenantry.observe.store import (
    Merged,
    SeenItem,
    current_count,
    discard,
    forget_before,
    merge,
    stage,
    staged_count,
)
from tenantry.platform.jobs import JobContext, Overtaken
from tenantry.platform.jobs.models import OPEN_STATES, Job
from tenantry.platform.work import Work

Result = TypeVar("Result")

_PATIENCE: Final = 0.5
"""Seconds between looks whether another job has ended its collection."""
_SUSPICIOUS: Final = 10
_FULL_AFTER: Final = timedelta(days=5)
"""Change queries drift over time, and their tokens live seven days; so everything is listed anew before that."""
_OUTCOMES: Final = {
    Kind.NO_ACCESS: Outcome.NO_ACCESS,
    Kind.NO_CONSENT: Outcome.NO_ACCESS,
    Kind.NOT_LICENSED: Outcome.NOT_LICENSED,
    Kind.UNSUPPORTED: Outcome.UNSUPPORTED,
    Kind.THROTTLED: Outcome.THROTTLED,
}


class Busy(Exception):
    """Another job is collecting this dataset at this moment."""


@dataclass(slots=True)
class Batch:
    """What was fetched since the last change of the row, and from where to go on after it."""

    delta_link: str | None
    items: list[SeenItem] = field(default_factory=list)
    pages: int = 0
    next_link: str | None = None
    within: Sequence[str] | None = None
    """The subscriptions it was read in."""


async def opened(context: JobContext, open_some: Callable[[Work], Result]) -> Result:
    """Opens collections in a unit of work; waits while other jobs, such as a scan, are collecting the same."""
    while True:
        try:
            found: Result = await context.in_work(open_some)
        except Busy:
            await asyncio.sleep(_PATIENCE)
        else:
            return found


def open_collection(work: Work, microsoft_tenant_id: UUID, dataset: Dataset, job_id: UUID) -> Collection:
    """This job's unfinished collection of the dataset if it left one, otherwise a new one. Raises Busy."""
    running = select(Collection).where(
        Collection.microsoft_tenant_id == microsoft_tenant_id,
        Collection.dataset == dataset.name,
        Collection.outcome == Outcome.RUNNING,
    )
    found = work.session.scalars(running.with_for_update()).one_or_none()
    if found is not None and found.job_id == job_id:
        return found if found.resume_link is not None or found.pages == 0 else _begun_anew(work, dataset, found)
    if found is not None and found.job_id is not None and _is_open(work, found.job_id):
        raise Busy
    if found is not None:  # of a job that ended without it: its links are old, and so are its pages
        _close(work, found, Outcome.CANCELLED, "interrupted", "The job ended before this collection did.")
        work.session.flush()
    try:
        with work.session.begin_nested():
            row = _new(work, microsoft_tenant_id, dataset, job_id)
            work.session.add(row)
    except IntegrityError:  # the other run of this job was faster by a moment
        return work.session.scalars(running).one()
    return row


def _is_open(work: Work, job_id: UUID) -> bool:
    return work.session.scalar(select(Job.state).where(Job.id == job_id)) in OPEN_STATES


def stage_batch(work: Work, seen: Collection, batch: Batch) -> Collection:
    """Stages items together with the link to go on from. Raises Overtaken when another run went on from there."""
    row = _claimed(work, seen.id, seen.pages)
    stage(work.session, row, batch.items)
    row.pages, row.items = row.pages + batch.pages, row.items + len(batch.items)
    row.resume_link, row.delta_link = batch.next_link, batch.delta_link or row.delta_link
    return row


def remember_delta(work: Work, collection_id: UUID, link: str) -> None:
    """The first token stays: one asked for later would not know what changed since the list began."""
    row = _claimed(work, collection_id)
    row.delta_link = row.delta_link or link


def complete(work: Work, microsoft_tenant_id: UUID, dataset: Dataset, seen: Collection, rest: Batch) -> Outcome:
    """Stages the rest and merges, in one transaction, so that no crash can come between the two.

    A list that held many items and is suddenly empty is not merged: that is more often a fault than the truth.
    """
    row = stage_batch(work, seen, rest)
    now = row.finished_at = work.clock.now()
    state = state_locked(work, microsoft_tenant_id, dataset.name) or _new_state(work, microsoft_tenant_id, dataset)
    if not row.is_delta and staged_count(work.session, row) == 0 and current_count(work.session, row) >= _SUSPICIOUS:
        why = "The list was empty although it had many items before; what was known is kept."
        return _note(state, _close(work, row, Outcome.PARTIAL, "suddenly_empty", why))
    merged: Merged = merge(work.session, row, now, rest.within)
    if rest.within is not None:
        note_losses(work.session, microsoft_tenant_id, rest.within, now)
    row.resume_link = None
    row.added, row.changed, row.removed = merged.added, merged.changed, merged.removed
    state.complete_at, state.items, state.delta_link = now, merged.items, row.delta_link
    state.full_at = state.full_at if row.is_delta else now
    if dataset.log is not None:
        state.delta_link = row.delta_link or row.started_at.isoformat()
        forgotten = forget_before(work.session, row, now - dataset.log.keep)
        if forgotten:
            drop_vanished(work.session, microsoft_tenant_id, dataset.name)
        state.items = merged.items - forgotten
    return _note(state, row)


def fail(work: Work, microsoft_tenant_id: UUID, dataset: Dataset, collection_id: UUID, error: UpstreamError) -> Outcome:
    """Ends it with what Microsoft answered. What was known before stays."""
    row = _claimed(work, collection_id)
    outcome = _OUTCOMES.get(error.kind, Outcome.FAILED)
    _close(work, row, outcome, error.kind.value, f"{error.advice} {error.message}".strip()[:2000])
    if outcome is Outcome.NO_ACCESS:
        row.missing_permission = error.missing_permission or ", ".join(dataset.permissions) or "Reader"
    return _note(_state(work, microsoft_tenant_id, dataset) or _new_state(work, microsoft_tenant_id, dataset), row)


def abandon(work: Work, microsoft_tenant_id: UUID, dataset: Dataset, collection_id: UUID) -> None:
    """The link to go on from is too old: this collection ends, and a full one follows."""
    row = _claimed(work, collection_id)
    is_resync = row.is_delta and dataset.log is None  # the mark of a log is a moment, which never grows too old
    code, what = ("resync_required", "change history") if is_resync else ("link_expired", "link to go on from")
    _close(work, row, Outcome.PARTIAL, code, f"The {what} was too old; everything was listed anew.")
    if is_resync and (state := _state(work, microsoft_tenant_id, dataset)) is not None:
        state.delta_link, state.full_at = None, None
    work.session.flush()


def cancel(work: Work, _microsoft_tenant_id: UUID, _dataset: Dataset, collection_id: UUID) -> None:
    """Somebody asked for it. What was known before stays."""
    row = _claimed(work, collection_id)
    _close(work, row, Outcome.CANCELLED, "cancelled", "The collection was cancelled; what was known before is kept.")


def _claimed(work: Work, collection_id: UUID, pages: int | None = None) -> Collection:
    """The row, locked. SQLite has one writer at a time anyway. Raises Overtaken when it is not this run's any more."""
    locked = select(Collection).where(Collection.id == collection_id).with_for_update()
    row = work.session.scalars(locked).one_or_none()
    if row is None or row.outcome is not Outcome.RUNNING or (pages is not None and row.pages != pages):
        raise Overtaken
    return row


def _begun_anew(work: Work, dataset: Dataset, row: Collection) -> Collection:
    """Of a list that cannot be gone on with. The page counted here tells a run that still holds it to stop.

    It begins where the last complete one ended, and not at the link or mark that its own discarded pages had reached.
    """
    discard(work.session, row)
    row.items, row.pages = 0, row.pages + 1
    state = _state(work, row.microsoft_tenant_id, dataset)
    row.delta_link = state.delta_link if row.is_delta and state is not None else None
    return row


def _close(work: Work, row: Collection, outcome: Outcome, code: str, message: str) -> Collection:
    """Ends a collection that brought nothing."""
    discard(work.session, row)
    row.outcome, row.finished_at, row.resume_link = outcome, work.clock.now(), None
    row.problem_code, row.problem_message = code, message
    return row


def _new(work: Work, microsoft_tenant_id: UUID, dataset: Dataset, job_id: UUID) -> Collection:
    state = _state(work, microsoft_tenant_id, dataset)
    link = None if state is None or _is_full_due(work, dataset, state) else state.delta_link
    row = Collection(
        microsoft_tenant_id=microsoft_tenant_id,
        dataset=dataset.name,
        job_id=job_id,
        outcome=Outcome.RUNNING,
        is_delta=link is not None or dataset.log is not None,
        delta_link=link,
        started_at=work.clock.now(),
    )
    row.pages = row.items = row.added = row.changed = row.removed = 0
    return row


def _is_full_due(work: Work, dataset: Dataset, state: DatasetState) -> bool:
    if dataset.log is not None:
        return False
    return dataset.delta is None or state.full_at is None or work.clock.now() - state.full_at > _FULL_AFTER


def state_locked(work: Work, microsoft_tenant_id: UUID, dataset: str) -> DatasetState | None:
    """What is known of a dataset, kept from being merged into, or rebuilt, by anybody else meanwhile."""
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == microsoft_tenant_id, DatasetState.dataset == dataset
    )
    return work.session.scalars(query.with_for_update()).one_or_none()


def _state(work: Work, microsoft_tenant_id: UUID, dataset: Dataset) -> DatasetState | None:
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == microsoft_tenant_id, DatasetState.dataset == dataset.name
    )
    return work.session.scalars(query).one_or_none()


def _new_state(work: Work, microsoft_tenant_id: UUID, dataset: Dataset) -> DatasetState:
    state = DatasetState(
        microsoft_tenant_id=microsoft_tenant_id,
        dataset=dataset.name,
        outcome=Outcome.RUNNING,
        attempted_at=work.clock.now(),
    )
    work.session.add(state)
    return state


def _note(state: DatasetState, row: Collection) -> Outcome:
    """The newest attempt, beside what the last complete one brought."""
    state.outcome, state.attempted_at = row.outcome, row.finished_at or row.started_at
    state.missing_permission = row.missing_permission
    state.problem_code, state.problem_message = row.problem_code, row.problem_message
    return row.outcome
