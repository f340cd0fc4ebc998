"""Telling what became of an attempt to those who asked to hear of a kind of job."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Final

from tenantry.kit.logging import get_logger
from tenantry.platform.jobs.measuring import count_attempt
from tenantry.platform.jobs.models import Job
from tenantry.platform.work import Work

Listener = Callable[[Work, Job], None]
_log = get_logger("tenantry.jobs")
_listeners: Final[dict[str, list[Listener]]] = defaultdict(list)


def on_job_change(kind: str) -> Callable[[Listener], Listener]:
    """Calls `listener(work, job)` when an attempt is over: the job has ended, or is queued again after a failure.

    It is part of the transaction that records this. One that fails is logged: a job's end is recorded in any case.
    """

    def register(listener: Listener) -> Listener:
        _listeners[kind].append(listener)
        return listener

    return register


def tell_changed(work: Work, job: Job) -> None:
    work.session.after_commit(partial(count_attempt, job))
    for listener in _listeners.get(job.kind, ()):
        try:
            with work.session.begin_nested():
                listener(work, job)
        except Exception:  # noqa: BLE001 - whatever a listener does, the job's own record is kept
            _log.exception("job listener failed", job_id=job.id, job_kind=job.kind)
