"""What the job tests do again and again: enqueue, look, wait, start and kill workers."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from tests.support.cast import Person

from tenantry.kit.db import DatabaseUrls
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import OPEN_STATES, Job, JobState
from tenantry.platform.work import Platform


class Workshop:
    """One tenant database, one job database, and the log the jobs write."""

    def __init__(self, platform: Platform, urls: DatabaseUrls, jobs_url: str, log: Path) -> None:
        self.platform, self.urls, self.jobs_url, self.log = platform, urls, jobs_url, log
        self.workers: list[subprocess.Popen[bytes]] = []

    def enqueue(
        self, person: Person, kind: str = "test.steps", subject: UUID | None = None, **arguments: object
    ) -> UUID:
        """Asks for a job as a request would, in a transaction of its own."""
        with self.platform.work(person.actor) as work:
            return Jobs(work).enqueue(kind, {"log": str(self.log), **arguments}, subject_id=subject).id

    def cancel(self, person: Person, job_id: UUID) -> None:
        with self.platform.work(person.actor) as work:
            Jobs(work).cancel(job_id)

    def job(self, person: Person, job_id: UUID) -> Job:
        with self.platform.work(person.actor, read_only=True) as work:
            return work.session.one(Job, job_id)

    def change(self, person: Person, job_id: UUID, **values: object) -> None:
        """Changes the row behind the runner's back, as a crash at the wrong moment would leave it."""
        with self.platform.databases.tenant(person.tenant_id) as session:
            row = session.one(Job, job_id)
            for name, value in values.items():
                setattr(row, name, value)

    def finished(self, person: Person, job_id: UUID, within: float = 30) -> Job:
        self.until(lambda: self.job(person, job_id).state not in OPEN_STATES, within)
        return self.job(person, job_id)

    def running(self, person: Person, job_id: UUID) -> None:
        self.until(lambda: self.job(person, job_id).state is JobState.RUNNING, 30)

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def logged(self, line: str, within: float = 30) -> float:
        """Waits for a line; returns the seconds it took."""
        return self.until(lambda: line in self.lines(), within)

    def start_worker(self, name: str = "local") -> subprocess.Popen[bytes]:
        """Starts a process that runs jobs and waits until it begins to; importing takes long on a busy machine."""
        starts = self.lines().count(f"worker {name} starts")
        process = self.spawn_worker(name)
        self.until(lambda: self.lines().count(f"worker {name} starts") > starts or process.poll() is not None, 90)
        return process

    def spawn_worker(self, name: str = "local") -> subprocess.Popen[bytes]:
        databases = f"{self.urls.app},{self.urls.system},{self.urls.owner}"
        command = [sys.executable, "-m", "tests.platform.jobs.worker", databases, self.jobs_url, name, str(self.log)]
        environment = {**os.environ, "PYTHONWARNINGS": "default"}
        process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment)
        self.workers.append(process)
        return process

    def close(self) -> None:
        for process in self.workers:
            process.kill()
            process.wait()
            if process.stderr:
                process.stderr.close()

    @staticmethod
    def until(condition: Callable[[], bool], seconds: float) -> float:
        """Waits until it is so; returns the seconds it took. Raises AssertionError when it takes longer."""
        started = time.monotonic()
        while not condition():
            if time.monotonic() - started > seconds:
                message = f"still waiting after {seconds} s"
                raise AssertionError(message)
            time.sleep(0.02)
        return time.monotonic() - started
