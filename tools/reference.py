"""Writes docs/reference from the code: settings, permissions, error codes, jobs, datasets, operations, metrics.

`make docs` runs it. A structural test fails when the pages and the code disagree.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tenantry
from tenantry.estate.metering import all_metrics
from tenantry.kit.errors import AppError
from tenantry.observe.datasets import all_datasets
from tenantry.operations.registry import all_operations
from tenantry.platform.access.registry import all_permissions
from tenantry.platform.access.roles import DEFAULT_ROLES
from tenantry.platform.jobs.registry import all_kinds
from tenantry.settings import Settings

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
HEAD = "<!-- Written by `make docs` from the code. Change the code, then run it again. -->\n"


def pages() -> dict[str, str]:
    """The reference pages by file name."""
    for module in pkgutil.walk_packages(tenantry.__path__, "tenantry."):
        if ".versions" not in module.name and not module.name.endswith((".env", "__main__")):
            importlib.import_module(module.name)
    return {
        "settings.md": settings(),
        "permissions.md": permissions(),
        "errors.md": errors(),
        "jobs.md": jobs(),
        "datasets.md": datasets(),
        "operations.md": operations(),
        "metrics.md": metrics(),
    }


def settings() -> str:
    """Environment variables, defaults and what they do."""
    rows = [
        (f"`TENANTRY_{name.upper()}`", f"`{field.get_default(call_default_factory=True)}`", field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _page("Settings", "Environment variables, or lines in `.env`.", ("Variable", "Default", "Meaning"), rows)


def permissions() -> str:
    """Permissions and the default roles that hold them."""
    rows = [
        (f"`{item.name}`", item.allows, ", ".join(role.label for role in DEFAULT_ROLES if role in item.roles))
        for item in all_permissions()
    ]
    return _page("Permissions", "What roles are made of.", ("Permission", "Allows", "Default roles"), rows)


def errors() -> str:
    """Error codes, their HTTP status and their sentence."""
    rows = [
        (f"`{code}`", str(int(error.status)), " ".join((error.__doc__ or "").split()))
        for code, error in sorted({**AppError.registry, AppError.code: AppError}.items())
        if error.__module__.startswith("tenantry.")
    ]
    intro = "The `code` of a problem+json answer. Stable; words in braces are filled with the facts of the case."
    return _page("Error codes", intro, ("Code", "Status", "Meaning"), rows)


def jobs() -> str:
    """Kinds of jobs, and how often each is tried."""
    rows = [
        (f"`{kind.name}`", kind.label, str(kind.retry.attempts), " ".join((kind.body.__doc__ or "").split()))
        for kind in all_kinds()
        if kind.body.__module__.startswith("tenantry.")
    ]
    undescribed = [row[0] for row in rows if not row[3]]
    if undescribed:
        message = f"jobs without a docstring: {', '.join(undescribed)}"
        raise ValueError(message)
    return _page("Jobs", "What runs in the background.", ("Kind", "Name", "Attempts", "What it does"), rows)


def datasets() -> str:
    """What is collected, with which least permissions, how often, and what is lost without it."""
    rows = [
        (
            f"`{item.name}`",
            item.title,
            ", ".join(f"`{name}`" for name in item.permissions) or "Reader on a subscription, or Lighthouse",
            f"{int(item.every.total_seconds() // 3600)} h" + (", then changes only" if item.delta else ""),
            item.enables,
        )
        for item in all_datasets()
    ]
    intro = (
        "What is collected. Application permissions are Microsoft's least ones; any dataset can come every 1 to 24 h."
    )
    return _page("Datasets", intro, ("Dataset", "Is", "Needs", "Every", "Without it you miss"), rows)


def operations() -> str:
    """What can be done in a Microsoft tenant."""
    rows = [
        (f"`{kind.name}`", kind.label, "yes" if kind.writes else "no", f"`{kind.permission.name}`")
        for kind in all_operations()
    ]
    intro = "What can be done: planned, applied, read back, audited. From the pages, the API and `tenantry run`."
    return _page("Operations", intro, ("Operation", "Does", "Changes something", "Permission"), rows)


def metrics() -> str:
    """What rules of alerts may watch."""
    rows = [
        (
            f"`{one.name}`",
            one.label,
            one.unit,
            one.hint,
            one.size or "nothing",
            one.previous or "nothing",
            f"`{one.needs.name}`",
        )
        for one in all_metrics()
        if any(reader.__module__.startswith("tenantry.") for reader in one.readers)
    ]
    head = ("Metric", "Is", "Unit", "What it tells", "A floor is compared with", "Before", "Permission")
    return _page(
        "Metrics", "What a rule of alerts may watch. What is not known opens and resolves nothing.", head, rows
    )


def _page(title: str, intro: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [f"# {title}", "", HEAD + intro, "", _row(head), _row("---" for _ in head)]
    return "\n".join([*lines, *(_row(cell.replace("|", "\\|") for cell in row) for row in rows), ""])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (FOLDER / name).write_text(content)
        sys.stdout.write(f"docs/reference/{name}\n")
