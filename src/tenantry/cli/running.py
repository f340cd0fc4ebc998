"""Running jobs in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from tenantry.alerts.tasks import ensure_schedule as ensure_watching
from tenantry.estate.gateway import Gateway
from tenantry.kit.garbage import collect_garbage_rarely
from tenantry.platform.audit_trail.tasks import ensure_schedule as ensure_sealing
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.work import Platform
from tenantry.settings import Settings
from tenantry.slices import load_slices


@contextmanager
def running_jobs(platform: Platform, settings: Settings, name: str = "local") -> Iterator[None]:
    """Runs jobs while the block lasts."""
    load_slices()
    collect_garbage_rarely()
    ensure_sealing(platform)
    ensure_watching(platform)
    runner = JobRunner(platform, settings.jobs_url, name, settings.job_concurrency, services=Gateway.of(settings))
    try:  # around the start, too: the engine's threads would outlive whoever interrupts it
        runner.start()
        yield
    finally:
        runner.stop()
