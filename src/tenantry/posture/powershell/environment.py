"""Whether this machine can run the scripts: PowerShell's version, and the modules that are missing, in words."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from tenantry.posture.powershell.installation import Installation, PowerShellNotInstalled, executable
from tenantry.posture.powershell.masking import Mask
from tenantry.posture.powershell.process import Ended, Limits, run_script
from tenantry.settings import Settings

MODULES: Final = (
    "Microsoft.Graph",
    "ExchangeOnlineManagement",
    "MicrosoftTeams",
    "PnP.PowerShell",
    "MicrosoftPowerBIMgmt",
)
_TEST: Final = Path(__file__).with_name("Test-Environment.ps1")
_LIMITS: Final = Limits(90, 100)


@dataclass(frozen=True, slots=True)
class Environment:
    """What was found. `problems` are sentences, none of them when scans can run."""

    version: str | None
    modules: Mapping[str, str | None]
    """Version by name; None for a module that is missing, and nothing when PowerShell could not be asked."""
    problems: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        return not self.problems

    @property
    def missing(self) -> list[str]:
        return [name for name, version in self.modules.items() if version is None]

    @property
    def sentence(self) -> str:
        if self.problems:
            return " ".join(self.problems)
        return f"PowerShell {self.version} and all {len(self.modules)} modules are there."


async def examine_environment(settings: Settings) -> Environment:
    """Asks PowerShell itself. Raises nothing for what is missing: that is the answer."""
    problems = []
    try:
        Installation.of(settings)
    except PowerShellNotInstalled as missing:
        problems.append(missing.detail)
    try:
        found = executable(settings)
    except PowerShellNotInstalled as missing:
        return Environment(None, {}, tuple(dict.fromkeys([*problems, missing.detail])))
    with tempfile.TemporaryDirectory(prefix="tenantry-test-", ignore_cleanup_errors=True) as folder:
        order = orjson.dumps({"modules": MODULES})
        ended = await run_script(found, _TEST, order, Path(folder), _LIMITS, Mask())
    return _read(found, ended, problems)


def _read(executable: str, ended: Ended, problems: list[str]) -> Environment:
    told = _told(ended)
    if told is None:
        words = "".join((ended.errors or ended.output).splitlines()[-1:])[:300]
        problems.append(f"{executable} does not answer as PowerShell does. {words}".strip())
        return Environment(None, {}, tuple(problems))
    modules = {name: _version(told["modules"].get(name)) for name in MODULES}
    if missing := [name for name, version in modules.items() if version is None]:
        problems.append(f"Modules are missing: {', '.join(missing)}.")
    return Environment(_version(told.get("version")), modules, tuple(problems))


def _told(ended: Ended) -> dict[str, Any] | None:
    try:
        told = orjson.loads(ended.output.splitlines()[-1] if ended.output else "")
    except orjson.JSONDecodeError:
        return None
    fits = isinstance(told, dict) and isinstance(told.get("modules"), dict) and not ended.code
    return told if fits else None


def _version(found: Any) -> str | None:
    return str(found)[:40] if found else None
