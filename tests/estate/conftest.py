"""A worker beside the product, and the simulated cloud as the Microsoft it talks to."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.mscloudsim.cloud import Cloud
from tests.support import postgres
from tests.support.web import Answer, Client

from tenantry.estate.gateway import Gateway
from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring
from tenantry.kit.db import Databases
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.work import Platform
from tenantry.settings import Settings

BASE = "/api/v1/microsoft-tenants"

_LICENSED = {
    "exchange": (
        *("atp_policy", "atp_preset_rules", "email_tenant_settings"),
        *("safe_attachment_policies", "safe_attachment_rules", "safe_links_policies", "safe_links_rules"),
        *("teams_protection_policies", "teams_protection_rules"),
    ),
    "compliance": ("dlp_policies", "label_policies", "protection_alerts"),
}
"""Without a licence these cmdlets are not there, which Exchange words as if a role were missing."""
UNANSWERED = frozenset(
    {
        "sharepoint.tenant",  # lets nobody in who comes with a client secret
        "fabric.tenant_settings",  # lets applications in once an administrator of Fabric says so
        *(f"{service}.{name}" for service, names in _LICENSED.items() for name in names),
    }
)
"""Datasets of a sound Microsoft tenant that Microsoft refuses all the same."""


@pytest.fixture(scope="session")
def simulated() -> Iterator[Cloud]:
    command = [sys.executable, "-m", "mscloudsim", "serve", "--port", "0", "--users", "30", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        cloud = Cloud(json.loads(process.stdout.readline())["url"], "", "")
        cloud.tenants = cloud.order("tenants", method="GET")
        yield cloud
        process.terminate()


@dataclass(slots=True)
class Operated:
    """Alice's product with a worker: what she asks for happens."""

    alice: Client
    cloud: Cloud

    def onboard(self, row: dict[str, Any], **credential: Any) -> Answer:
        given = {"kind": "client_secret", "client_id": row["client_id"], "value": row["client_secret"], **credential}
        return self.alice.post(
            BASE, {"entra_tenant_id": row["id"], "name": row["name"], "cloud": "simulator", "credential": given}
        )

    def get(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self.alice.get(f"{BASE}/{key}").json()
        return found

    def outcomes(self, key: str) -> dict[str, str]:
        """How the newest collection of each dataset ended."""
        items = self.alice.get(f"{BASE}/{key}/datasets").json()["items"]
        return {item["name"]: item["outcome"] for item in items}

    def idle(self, key: str) -> dict[str, Any]:
        """The Microsoft tenant once no job works on it any more; a retry of one that failed is not waited for."""

        def nothing_open() -> bool:
            jobs = self.alice.get("/api/v1/jobs", subject_id=key).json()["items"]
            return not any(job["state"] in ("queued", "running") for job in jobs)

        until(nothing_open)
        return self.get(key)


def assert_sound(outcomes: dict[str, str]) -> None:
    """All was read that a sound Microsoft tenant has."""
    refused = {name: how for name, how in outcomes.items() if how not in ("complete", "not_licensed")}
    assert set(refused.values()) <= {"no_access"}, refused
    assert refused.keys() <= UNANSWERED, refused


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def operated(
    request: pytest.FixtureRequest, databases: Databases, keyring: Keyring, simulated: Cloud, tmp_path: Path
) -> Iterator[Operated]:
    """Must be asked for before `alice`: it sets the clock the whole product goes by."""
    platform: Platform = request.getfixturevalue("platform")
    alice: Client = request.getfixturevalue("alice")
    name = ""
    url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    if not databases.is_sqlite:
        port: int = request.getfixturevalue("postgres_port")
        name = postgres.create_database(port)
        url = postgres.urls(port, name).owner
    runner = JobRunner(platform, url, concurrency=8, services=Gateway.of(request.getfixturevalue("settings")))
    runner.start()
    yield Operated(alice, simulated)
    runner.stop()
    if name:
        postgres.drop_database(request.getfixturevalue("postgres_port"), name)


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Where a test operates, the product lives on the simulated cloud."""
    options: dict[str, Any] = {}
    if "operated" in request.fixturenames:
        options = {"cloud": "simulator", "simulator_url": request.getfixturevalue("simulated").url}
    return Settings(home=tmp_path, _env_file=None, **options)  # type: ignore[call-arg]  # pydantic-settings' own


@pytest.fixture
def platform(databases: Databases, keyring: Keyring, clock: Any, request: pytest.FixtureRequest) -> Platform:
    """Workers live by the real clock."""
    operated = "operated" in request.fixturenames
    return Platform(databases, keyring, SystemClock() if operated else clock)
