"""A running mscloudsim with one enterprise-sized tenant, in a process of its own so that its work is not counted."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_SERVE = "from mscloudsim.cli import main; main()"


@dataclass(frozen=True, slots=True)
class SimulatedCloud:
    """Where it is, and the tenant that is measured."""

    address: str
    tenant_id: str
    client_id: str
    client_secret: str
    users: int

    def order(self, action: str, body: Any = None, method: str = "POST") -> Any:
        """Calls the control API."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.address}/_sim/{action}", data, method=method)
        with urllib.request.urlopen(request, timeout=20) as reply:
            content = reply.read()
        return json.loads(content) if content else None

    def throttling(self, *, enabled: bool) -> None:
        """Enforces the published limits, or lets everything pass."""
        self.order("throttling", {"enabled": enabled})


@contextmanager
def simulated_cloud(users: int) -> Iterator[SimulatedCloud]:
    """Starts the simulator with a tenant of so many users, and stops it."""
    command = [sys.executable, "-c", _SERVE, "serve", "--port", "0", "--json", "--tenants", "3", "--enterprise"]
    with subprocess.Popen([*command, str(users)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["url"]
        try:
            yield _enterprise(address)
        finally:
            process.terminate()


def _enterprise(address: str) -> SimulatedCloud:
    with urllib.request.urlopen(f"{address}/_sim/tenants", timeout=60) as reply:
        largest = max(json.load(reply), key=lambda tenant: tenant["users"])
    names = ("client_id", "client_secret", "users")
    return SimulatedCloud(address, largest["id"], *(largest[name] for name in names))
