"""What the PowerShell engine needs on this machine, and what to say when it is not there."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tenantry.kit.errors import Conflict
from tenantry.settings import Settings

SCRIPT: Final = "Start-Checks.ps1"


class PowerShellNotInstalled(Conflict):
    """The PowerShell engine is not installed here: {why}. docs/how-to/powershell-engine.md shows how."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An executable, the folder of the scripts, and how long they may run, in seconds."""

    executable: str
    scripts: Path
    soft_seconds: float
    hard_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises PowerShellNotInstalled, which says what is missing."""
        if settings.powershell_scripts is None:
            raise PowerShellNotInstalled(why="TENANTRY_POWERSHELL_SCRIPTS is not set")
        scripts = settings.powershell_scripts.resolve()
        if not (scripts / SCRIPT).is_file():
            raise PowerShellNotInstalled(why=f"there is no {SCRIPT} in {scripts}")
        if settings.powershell_soft_seconds >= settings.powershell_hard_seconds:
            raise PowerShellNotInstalled(why="TENANTRY_POWERSHELL_SOFT_SECONDS has to be below the hard limit")
        found = executable(settings)
        return cls(found, scripts, settings.powershell_soft_seconds, settings.powershell_hard_seconds)

    @property
    def script(self) -> Path:
        return self.scripts / SCRIPT


def executable(settings: Settings) -> str:
    """Where PowerShell is. Raises PowerShellNotInstalled."""
    if os.name != "posix":  # a process group cannot be ended as a whole there
        raise PowerShellNotInstalled(why="it runs on Linux and macOS only")
    found = shutil.which(settings.powershell)
    if found is None:
        raise PowerShellNotInstalled(why=f"there is no executable {settings.powershell}")
    return found
