"""Stands in for `pwsh`: understands the arguments and the line of input our wrappers are run with, and misbehaves.

What it does is told by `behaviour.json` beside the script it is given, as `start_checks.ps1` does it in a real one.
"""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
SECRETS = ("ClientSecret", "CertificatePem", "Password", "ProgressSecret")


def main(arguments: list[str]) -> int:
    *options, file = arguments
    assert options == ["-NoLogo", "-NoProfile", "-NonInteractive", "-File"], options
    order = json.loads(sys.stdin.readline())
    assert sys.stdin.read() == "", "one line is all there is"
    if Path(file).name == "Test-Environment.ps1":
        sys.stdout.write(Path(__file__).with_name("environment.json").read_text())
        return 0
    assert Path(file).name == "Invoke-Checks.ps1"
    script = Path(order["script"])
    return start_checks(script.parent, order["parameters"])


def start_checks(folder: Path, given: dict[str, Any]) -> int:
    does = json.loads((folder / "behaviour.json").read_text())
    if does.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    children = [_child(detached=False) for _ in range(does.get("children", 0))]
    children += [_child(detached=True) for _ in range(does.get("detached", 0))]
    _remember(folder, given, children)
    sys.stdout.write("x" * does.get("flood", 0))
    secret = next(str(given[name]) for name in SECRETS if given.get(name))
    sys.stderr.write(does.get("says", "").replace("{secret}", secret))
    sys.stderr.flush()
    for told in does.get("reports", ()):
        _report(does["door"], given, told)
    if "rows" in does or "raw" in does:
        text = does["raw"] if "raw" in does else json.dumps(does["rows"])
        Path(given["OutputPath"]).write_text(text.replace("{secret}", secret))
    time.sleep(does.get("seconds", 0))
    return int(does.get("exit", 0))


def _child(*, detached: bool) -> int:
    return subprocess.Popen([sys.executable, "-c", STUBBORN], start_new_session=detached).pid


def _remember(folder: Path, given: dict[str, Any], children: list[int]) -> None:
    """What it was told, with fingerprints for the secrets."""
    told = {k: hashlib.sha256(v.encode()).hexdigest() if k in SECRETS else v for k, v in given.items()}
    seen = {"pid": os.getpid(), "children": children, "told": told, "variables": sorted(os.environ)}
    (folder / "seen.tmp").write_text(json.dumps(seen))
    (folder / "seen.tmp").rename(folder / "seen.json")


def _report(door: str, given: dict[str, Any], told: dict[str, Any]) -> None:
    """To the same path of a door that is not where the product believes to be."""
    address = door + urlsplit(given["ProgressCallbackUrl"]).path
    headers = {"Content-Type": "application/json", "X-Scan-Secret": given["ProgressSecret"]}
    request = urllib.request.Request(address, json.dumps(told).encode(), headers)
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(request, timeout=10).close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
