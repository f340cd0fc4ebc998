"""A worker process for the job tests: `python -m tests.support.worker DATABASES JOBS_DATABASE KEY NAME LOG`.

Its jobs write a line per step to LOG, so that a test can see what ran, and how often.
"""

import asyncio
import signal
import sys
import threading
from pathlib import Path

from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.migrations.runner import target_metadata
from tenantry.platform.jobs import JobContext, RetryPolicy, job
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.work import Platform

log_path = Path(sys.argv[5]) if len(sys.argv) > 5 else Path("/dev/null")


def note(line: str) -> None:
    with log_path.open("a") as file:
        file.write(line + "\n")


@job("test.steps", "Steps")
async def steps(context: JobContext, name: str, count: int, seconds: float) -> None:
    """Runs `count` checkpoints of `seconds` each."""
    for number in range(count):

        async def step(number: int = number) -> int:
            await asyncio.sleep(seconds)
            note(f"{name} {number}")
            return number

        assert await context.checkpoint(f"step-{number}", step) == number
        await context.progress(number + 1, count, f"step {number}", force=True)
    note(f"{name} done")


@job("test.fails", "Fails", retry=RetryPolicy(attempts=3, first_wait=0.2))
async def fails(context: JobContext, name: str, until: int) -> None:
    """Fails until its attempt number reaches `until`."""
    note(f"{name} attempt {context.attempt}")
    if context.attempt < until:
        message = "not yet"
        raise RuntimeError(message)


def main() -> None:
    target_metadata()
    app, system, owner = sys.argv[1].split(",")
    databases = Databases(DatabaseUrls(app, system, owner))
    platform = Platform(databases, Keyring([MasterKey.from_text(sys.argv[3], "test")]), SystemClock())
    runner = JobRunner(platform, sys.argv[2], name=sys.argv[4], concurrency=8)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    runner.start()
    note(f"worker {sys.argv[4]} ready")
    stopping.wait()
    runner.stop()


if __name__ == "__main__":
    main()
