"""The ways around isolation are few and known by name. A new one needs a reason and a line here."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "tenantry"

EXITS = {
    r"unscoped=True": {
        "kit/db/bulk.py",
        "kit/db/sessions.py",
        "observe/projecting.py",
        "observe/store.py",
        "estate/purging.py",
        "platform/identity/brakes.py",
    },
    r"across_tenants\(": {
        "kit/db/engines.py",
        "platform/health/exposition.py",  # for whoever runs the installation, who has the token or the machine
        "platform/health/readiness.py",  # which master keys are needed, and nothing else
        "platform/health/service.py",  # the same whoever, by the token
        "platform/jobs/relay.py",
        "platform/jobs/runner.py",
        "posture/powershell/progress.py",  # a progress report proves itself with a scan's secret, and names no tenant
    },
    r"SystemSession\(": {"kit/db/engines.py", "kit/db/sessions.py"},
    r"\.connection\(\)": {"kit/db/bulk.py"},
    r"\.commit\(": set[str](),
    r"datetime\.now\(": {"kit/clock.py"},
    r"os\.environ": {"kit/references.py", "posture/powershell/process.py"},  # the latter to keep it from a process
}


def test_exits_are_where_they_are_known_to_be() -> None:
    found = {pattern: _files_with(pattern) for pattern in EXITS}
    assert {p: files - EXITS[p] for p, files in found.items() if files - EXITS[p]} == {}


def _files_with(pattern: str) -> set[str]:
    expression = re.compile(pattern)
    return {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if expression.search(path.read_text())}
