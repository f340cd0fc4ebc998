"""Running PowerShell: what it is told goes over standard input, what it says is bounded, and nothing of it survives."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tenantry.posture.powershell.masking import Mask

_GUARD: Final = str(Path(__file__).with_name("guard.py"))
_ARGUMENTS: Final = ("-NoLogo", "-NoProfile", "-NonInteractive", "-File")
_KEPT: Final = 8_192
_CHUNK: Final = 65_536
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
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True, cwd=folder, env=_environment(folder)
    )
    drains = [asyncio.ensure_future(_tail(stream)) for stream in (process.stdout, process.stderr)]
    try:
        await _tell(process, order)
        limit = await _until_end(process, limits)
        _kill_group(process)
        await asyncio.wait(drains, timeout=_LAST_WORDS)  # a child that left the group may hold the pipes for ever
    finally:
        _kill_group(process)
        for drain in drains:
            drain.cancel()
        await process.wait()
    output, errors = [mask.tail(*drain.result()) if not drain.cancelled() and drain.done() else "" for drain in drains]
    return Ended(process.returncode or 0, output, errors, told_to_stop=limit is not None, killed=limit == "hard")


async def _tell(process: Process, order: bytes) -> None:
    """The pipe stays open afterwards: it is what tells the guard that we are still there."""
    assert process.stdin is not None  # noqa: S101 - asked for above
    with suppress(ConnectionError):
        process.stdin.write(order + b"\n")
        await process.stdin.drain()


async def _until_end(process: Process, limits: Limits) -> str | None:
    """Which limit was reached, if any."""
    ending = asyncio.ensure_future(process.wait())
    try:
        if (await asyncio.wait([ending], timeout=limits.soft))[0]:
            return None
        _signal_group(process, signal.SIGTERM)
        return "soft" if (await asyncio.wait([ending], timeout=limits.hard - limits.soft))[0] else "hard"
    finally:
        ending.cancel()


def _kill_group(process: Process) -> None:
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: Process, number: signal.Signals) -> None:
    """The guard leads the group, so its id is the group's, for as long as anybody is in it."""
    with suppress(ProcessLookupError, PermissionError):  # macOS answers the latter for a group of dead processes
        os.killpg(process.pid, number)


async def _tail(stream: asyncio.StreamReader | None) -> tuple[bytes, bool]:
    """The last bytes of a stream, and whether there were more; it is read to its end, however much that is."""
    kept, is_cut = b"", False
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        kept += chunk
        is_cut = is_cut or len(kept) > _KEPT
        kept = kept[-_KEPT:]
    return kept, is_cut


def _environment(folder: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    modules = str(Path.home() / ".local/share/powershell/Modules")
    return own | {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PSModulePath": os.environ.get("PSModulePath", modules),
        "POWERSHELL_TELEMETRY_OPTOUT": "1",
        "POWERSHELL_UPDATECHECK": "Off",
        "NO_COLOR": "1",
    }
