"""Writes the next migration from the models: `.venv/bin/python tools/new_migration.py "add projects"`.

Tables that belong to tenants are given their protection by class, so that it cannot be forgotten.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from alembic import command
from alembic.operations.ops import CreateTableOp, MigrationScript
from sqlalchemy import create_engine

from tenantry.kit.db import Base, MemberOwned, TenantOwned
from tenantry.migrations import runner
from tenantry.migrations.protection import append_only_tables

VERSIONS = Path(runner.__file__).parent / "versions"


def main(message: str) -> None:
    runner.target_metadata()
    before = set(VERSIONS.glob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        with create_engine(f"sqlite:///{folder}/schema.sqlite").begin() as connection:
            config = runner.config(connection)
            config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(rev)s_%%(slug)s")
            if before:
                command.upgrade(config, "head")
            created: list[str] = []
            command.revision(config, message, autogenerate=True, process_revision_directives=_note(created))
    (path,) = set(VERSIONS.glob("*.py")) - before
    path.write_text(_protected(path.read_text(), created, first=not before))
    subprocess.run([sys.executable, "-m", "ruff", "check", "-q", "--fix", path], capture_output=True, check=False)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", path], check=True)
    print(path)


def _note(created: list[str]) -> Callable[..., None]:
    def process(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
        for script in scripts:
            created.extend(op.table_name for op in script.upgrade_ops.ops if isinstance(op, CreateTableOp))

    return process


def _protected(text: str, created: list[str], *, first: bool) -> str:
    classes = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    calls = ["create_refusal()", "create_platform_tenant()"] if first else []
    for name, base in (("protect_tenant_tables", TenantOwned), ("protect_member_tables", MemberOwned)):
        tables = [table for table in created if issubclass(classes[table], base)]
        calls += [f"{name}({_quoted(tables)})"] if tables else []
    append_only = [table for table in created if table in append_only_tables()]
    calls += [f"make_append_only({_quoted(append_only)})"] if append_only else []
    names = sorted({call.partition("(")[0] for call in calls})
    imports = "import tenantry.kit.db.types\n"
    imports += f"from tenantry.migrations.protection import {', '.join(names)}\n" if names else ""
    text = text.replace("from alembic import op\n", f"from alembic import op\n\n{imports}", 1)
    return text.rstrip() + "".join(f"\n    {call}" for call in calls) + "\n"


def _quoted(tables: Iterable[str]) -> str:
    return ", ".join(f'"{table}"' for table in tables)


if __name__ == "__main__":
    main(sys.argv[1])
