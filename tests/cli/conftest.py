"""The command line as an operator has it: a folder of its own, a simulated cloud to talk to."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.mscloudsim.cloud import Cloud
from tests.support.serving import bare_environment


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass(slots=True)
class Terminal:
    """A folder with its settings, in which commands are run."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**bare_environment(), "COLUMNS": "80", "NO_COLOR": "1", **self.settings}

    def run(self, *arguments: str, **settings: str) -> Ran:
        """`tenantry` with these arguments, 80 columns wide; keywords are further environment variables."""
        command, environment = [sys.executable, "-m", "tenantry", *arguments], {**self.environment, **settings}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    command = [sys.executable, "-m", "mscloudsim", "serve", "--port", "0", "--users", "40", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = Cloud(json.loads(process.stdout.readline())["url"], "", "")
        found.tenants = found.order("tenants", method="GET")
        yield found
        process.terminate()


@pytest.fixture
def empty(tmp_path: Path, cloud: Cloud) -> Terminal:
    """Nothing was set up yet."""
    return Terminal(tmp_path, {"TENANTRY_CLOUD": "simulator", "TENANTRY_SIMULATOR_URL": cloud.url})


@pytest.fixture
def terminal(empty: Terminal) -> Terminal:
    """After the first run."""
    assert empty.run("init", "--email", "alice@northwind.example").code == 0
    return empty


@pytest.fixture
def tenants_file(terminal: Terminal, cloud: Cloud) -> Path:
    """Two Microsoft tenants in a file, their secrets in the environment."""
    contoso, expired = cloud.customer(name="Contoso Health"), cloud.customer(flaw="expired_secret")
    terminal.settings |= {"CONTOSO": contoso["client_secret"], "EXPIRED": expired["client_secret"]}
    path = terminal.folder / "tenants.yaml"
    path.write_text("microsoft_tenants:\n" + entry(contoso, "env:CONTOSO") + entry(expired, "env:EXPIRED"))
    return path


def entry(tenant: dict[str, Any], reference: str) -> str:
    credential = f"{{kind: client_secret, client_id: {tenant['client_id']}, reference: '{reference}'}}"
    return f"  - {{name: {tenant['name']}, entra_tenant_id: {tenant['id']}, credential: {credential}}}\n"
