"""A worker process for the job tests: `python -m tests.platform.jobs.worker DATABASES JOBS_DATABASE NAME LOG`."""

import signal
import sys
import threading
from datetime import timedelta

from tests.platform.jobs import kinds

from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.migrations.runner import target_metadata
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.work import Platform


def main(databases: str, jobs_url: str, name: str, log: str) -> None:
    """Runs until SIGTERM, and says in the log when it is ready and when it has stopped."""
    target_metadata()
    app, system, owner = databases.split(",")
    keyring = Keyring([MasterKey.from_text(MasterKey.generate_text(), "test")])
    platform = Platform(Databases(DatabaseUrls(app, system, owner)), keyring, SystemClock())
    runner = JobRunner(platform, jobs_url, name=name, concurrency=8, dead_after=timedelta(seconds=2))
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    kinds.note(log, f"worker {name} starts")
    runner.start()
    kinds.note(log, f"worker {name} ready")
    stopping.wait()
    runner.stop()
    platform.databases.dispose()
    kinds.note(log, f"worker {name} stopped")


if __name__ == "__main__":
    main(*sys.argv[1:])
