"""A PowerShell with scripts that do as they are told, and looks at what became of their processes."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenantry.settings import Settings

HERE = Path(__file__).parent
SHELLS = ["stand-in", *(["pwsh"] if shutil.which("pwsh") else [])]
"""The real one joins in where it is installed; its absence fails nothing, since nothing else of ours needs it."""


@dataclass(frozen=True)
class Shell:
    """A folder with the executable and the scripts."""

    folder: Path
    executable: str

    @classmethod
    def install(cls, folder: Path, name: str = "stand-in") -> "Shell":
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "start_checks.ps1", folder / "Start-Checks.ps1")
        if name == "pwsh":
            return cls(folder, str(shutil.which("pwsh")))
        executable = folder / "pwsh"
        executable.write_text(f"#!{sys.executable}\n{(HERE / 'stand_in_powershell.py').read_text()}")
        executable.chmod(0o755)
        return cls(folder, str(executable))

    def does(self, **behaviour: Any) -> None:
        (self.folder / "seen.json").unlink(missing_ok=True)
        (self.folder / "behaviour.json").write_text(json.dumps(behaviour))

    def has_modules(self, modules: dict[str, str], version: str = "7.5.4") -> None:
        """What the stand-in says that is installed; a real one looks."""
        (self.folder / "environment.json").write_text(json.dumps({"version": version, "modules": modules}))

    def settings(self, **more: Any) -> Settings:
        return Settings(powershell=self.executable, powershell_scripts=self.folder, _env_file=None, **more)  # type: ignore[call-arg]  # pydantic-settings' own

    @property
    def has_started(self) -> bool:
        return (self.folder / "seen.json").exists()

    @property
    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "seen.json").read_text())
        return found

    @property
    def processes(self) -> list[int]:
        return [self.seen["pid"], *self.seen["children"]]


def is_alive(pid: int) -> bool:
    """Whether it runs; one that only waits to be reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def places_that_show(secret: str) -> list[str]:
    """Command lines and environments of all processes that hold a secret."""
    found = []
    for path in Path("/proc").glob("[0-9]*/*"):
        if path.name in ("cmdline", "environ"):
            try:
                held = path.read_bytes()
            except OSError:
                continue
            if secret.encode() in held:
                found.append(str(path))
    return found


def files_that_show(secret: str, folder: Path) -> list[Path]:
    """Files in a folder that hold a secret."""
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
