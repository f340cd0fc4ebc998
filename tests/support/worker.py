"""A worker process as `tenantry worker` runs one: `python -m tests.support.worker DATABASES JOBS KEY SIMULATOR`.

Only its batches are smaller, so that a list of hundreds is staged as often as one of hundred thousands.
"""

import signal
import sys
import threading

from tenantry.estate.gateway import Gateway
from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.observe import collector
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.notify.courier import Courier
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.work import Platform
from tenantry.slices import load_slices

BATCH = 100


def main(databases: str, jobs_url: str, key: str, simulator: str) -> None:
    """Runs until it is killed or told to stop."""
    load_slices()
    collector._BATCH = BATCH  # type: ignore[misc]  # a constant, except here
    app, system, owner = databases.split(",")
    keyring = Keyring([MasterKey.from_text(key, "test")])
    platform = Platform(Databases(DatabaseUrls(app, system, owner), pool_size=10), keyring, SystemClock())
    courier = Courier(rules=TargetRules(simulator=simulator))
    runner = JobRunner(platform, jobs_url, services=Gateway(simulator, courier=courier))
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    runner.start()
    stopping.wait()
    runner.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
