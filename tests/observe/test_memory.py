"""A large tenant is collected with the memory of a small one."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from tests.support.cast import Cast

from tenantry.kit.db import DatabaseUrls

_SERVE = "from mscloudsim.cli import main; main()"
_SMALL, _LARGE = 10_000, 60_000
_BYTES_PER_USER = 400
"""Of canonical JSON; as Python objects it would be several times as much."""


def test_memory_follows_the_batch_and_not_the_tenant(database_urls: DatabaseUrls, cast: Cast) -> None:
    small, large = (_collected(database_urls, cast.alice.tenant_id, users) for users in (_SMALL, _LARGE))
    assert small["outcome"] == large["outcome"] == "complete"
    assert small["items"] >= _SMALL
    assert large["items"] >= _LARGE
    grown = large["peak"] - small["peak"]
    assert grown < 0.5 * (_LARGE - _SMALL) * _BYTES_PER_USER, f"peak {small['peak']:,} became {large['peak']:,}"


def _collected(urls: DatabaseUrls, our_tenant: UUID, users: int) -> dict[str, Any]:
    with _enterprise(users) as (address, tenant):
        databases = f"{urls.app},{urls.system},{urls.owner}"
        arguments = [databases, str(our_tenant), address, tenant["id"], tenant["client_id"], tenant["client_secret"]]
        command = [sys.executable, "-m", "tests.observe.collecting", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@contextmanager
def _enterprise(users: int) -> Iterator[tuple[str, dict[str, Any]]]:
    command = [
        sys.executable,
        "-c",
        _SERVE,
        "serve",
        "--port",
        "0",
        "--json",
        "--tenants",
        "3",
        "--enterprise",
        str(users),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = json.loads(process.stdout.readline())["url"]
            with urllib.request.urlopen(f"{address}/_sim/tenants", timeout=60) as reply:
                yield address, max(json.load(reply), key=lambda tenant: tenant["users"])
        finally:
            process.terminate()
