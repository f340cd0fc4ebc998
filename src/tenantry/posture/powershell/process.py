"""Running PowerShell: what it is told goes over standard input, what it says is bounded, and nothing of it survives."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tenantry.posture.powershell.masking import Mask

_GUARD: Final = str(Path(__file__).with_name("guard.py"))
_ARGUMENTS: Final = ("-NoLogo", "-NoProfile", "-NonInteractive", "-File")
_KEPT: Final = 8_192
_LAST_WORDS: Final = 1.0
_PASSED_ON: Final = frozenset(
    {"PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}
    | {"https_proxy", "http_proxy", "no_proxy", "DOTNET_ROOT"}
)
"""Nothing else of our environment: it may hold master keys, database passwords and other tenants' secrets."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until the process is told to stop, and until it is killed."""

    soft: float
    hard: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and the last lines it wrote, without secrets."""

    code: int
    output: str
    errors: str
    told_to_stop: bool = False
    killed: bool = False


async def run_script(executable: str, script: Path, order: bytes, folder: Path, limits: Limits, mask: Mask) -> Ended:
    """Runs a script with `order` as its only line of input. When this is cancelled, everything it started is dead.

    `folder` is its home and working directory, so that what modules remember of a sign-in goes with it.
    """
    command = (sys.executable, "-I", _GUARD, executable, *_ARGUMENTS, str(script))
    transport, process = await asyncio.get_running_loop().subprocess_exec(
        _Process, *command, stdin=PIPE, stdout=PIPE, stderr=PIPE,
        start_new_session=True, cwd=folder, env=_environment(folder),
    )  # fmt: skip
    group = transport.get_pid()
    try:
        _tell(transport, order)
        limit = await _until_end(process, group, limits)
        _signal(group, signal.SIGKILL)
        await _within(process.silent, _LAST_WORDS)  # a child that left the group may hold the pipes for ever
    finally:
        _signal(group, signal.SIGKILL)
        await process.ended.wait()
        transport.close()
    output, errors = (mask.tail(tail.kept, tail.is_cut) for tail in process.tails.values())
    code = transport.get_returncode() or 0
    return Ended(code, output, errors, told_to_stop=limit is not None, killed=limit == "hard")


@dataclass(slots=True)
class _Tail:
    """The last bytes of a stream that is read to its end, however much that is."""

    kept: bytes = b""
    is_cut: bool = False
    is_over: bool = False

    def add(self, data: bytes) -> None:
        whole = self.kept + data
        self.kept, self.is_cut = whole[-_KEPT:], self.is_cut or len(whole) > _KEPT


class _Process(asyncio.SubprocessProtocol):
    """What is heard of a process."""

    def __init__(self) -> None:
        self.tails = {1: _Tail(), 2: _Tail()}
        self.ended = asyncio.Event()
        self.silent = asyncio.Event()
        """Nobody can write to its outputs any more."""

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.tails[fd].add(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd in self.tails:
            self.tails[fd].is_over = True
        if all(tail.is_over for tail in self.tails.values()):
            self.silent.set()

    def process_exited(self) -> None:
        self.ended.set()


def _tell(transport: asyncio.SubprocessTransport, order: bytes) -> None:
    """The pipe stays open afterwards: it is what tells the guard that we are still there."""
    pipe = transport.get_pipe_transport(0)
    assert isinstance(pipe, asyncio.WriteTransport)  # noqa: S101 - asked for above
    pipe.write(order + b"\n")


async def _until_end(process: _Process, group: int, limits: Limits) -> str | None:
    """Which limit was reached, if any."""
    if await _within(process.ended, limits.soft):
        return None
    _signal(group, signal.SIGTERM)
    return "soft" if await _within(process.ended, limits.hard - limits.soft) else "hard"


async def _within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def _signal(group: int, number: signal.Signals) -> None:
    """The guard leads the group, so its id is the group's, for as long as anybody is in it."""
    with suppress(ProcessLookupError, PermissionError):  # macOS answers the latter for a group of dead processes
        os.killpg(group, number)


def _environment(folder: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    modules = str(Path.home() / ".local/share/powershell/Modules")
    return own | {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PSModulePath": os.environ.get("PSModulePath", modules),  # noqa: SIM112 - PowerShell writes it so
        "POWERSHELL_TELEMETRY_OPTOUT": "1",
        "POWERSHELL_UPDATECHECK": "Off",
        "NO_COLOR": "1",
    }
