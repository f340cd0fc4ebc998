"""`tenantry demo` from its first second to its end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tenantry", "demo", *arguments]
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_listen_to_interrupts,  # noqa: PLW1509 - the tests have no threads that hold a lock here
    )


def _listen_to_interrupts() -> None:
    """A shell has what it runs in the background ignore them, and whoever is started from there does too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def simulators(size: str) -> list[int]:
    """The simulated clouds of this size that run. Each test has a size of its own: they may run side by side."""
    processes = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [int(path.name) for path in processes if size in _command(path)]


def _command(process: Path) -> str:
    try:
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""
    return command if "mscloudsim" in command else ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whenever_it_is_stopped_nothing_stays_behind(tmp_path: Path, number: signal.Signals) -> None:
    """In the middle of the onboarding, with the simulated cloud up."""
    size = f"--tenants 3 --users {20 + number}"
    process = started(tmp_path, *size.split(), "--port", "0")
    until = time.monotonic() + 60
    while not simulators(size) and time.monotonic() < until:
        time.sleep(0.05)
    assert simulators(size)
    time.sleep(1)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert "Traceback" not in said
    assert process.returncode in (0, 1, 130)
    assert simulators(size) == []


def test_a_taken_port_is_said_in_a_sentence_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = started(tmp_path, "--port", str(taken.getsockname()[1]))
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 3
    assert not (tmp_path / "var").exists()
