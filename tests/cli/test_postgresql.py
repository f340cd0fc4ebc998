"""An operator sets PostgreSQL up as the guide says, and as it warns not to."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.cli.conftest import Terminal

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "postgresql.md"
ROLES = ("tenantry_owner", "tenantry_app", "tenantry_system")

pytestmark = pytest.mark.xdist_group("the roles of the guide")
"""Roles belong to the whole server, which the workers share: one of them runs both tests."""


@pytest.fixture
def statements(postgres_port: int) -> Iterator[list[str]]:
    """What the guide has an administrator run; roles and database are gone afterwards."""
    (block,) = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    yield block.split(";\n")[:-1]
    run(postgres_port, ["DROP DATABASE IF EXISTS tenantry WITH (FORCE)", *(f"DROP ROLE {role}" for role in ROLES)])


def run(port: int, statements: list[str]) -> None:
    with psycopg.connect(f"postgresql://admin@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def addresses(port: int) -> dict[str, str]:
    owner, app, system = (f"postgresql://{role}@127.0.0.1:{port}/tenantry" for role in ROLES)
    names = ("TENANTRY_DATABASE_OWNER_URL", "TENANTRY_DATABASE_URL", "TENANTRY_DATABASE_SYSTEM_URL")
    return dict(zip(names, (owner, app, system), strict=True))


def test_the_guide_leads_to_a_working_installation(
    terminal: Terminal, statements: list[str], postgres_port: int
) -> None:
    run(postgres_port, statements)
    settings = addresses(postgres_port)
    assert terminal.run("init", "--email", "you@example.com", **settings).code == 0
    assert terminal.run("microsoft-tenants", "list", "--json", **settings).json() == []
    assert terminal.run("audit", "verify", **settings).code == 0


def test_a_database_that_sorts_as_people_do_is_refused(
    terminal: Terminal, statements: list[str], postgres_port: int
) -> None:
    *roles, database = statements
    by_icu = database.replace("LOCALE_PROVIDER libc", "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
    run(postgres_port, [*roles, by_icu])
    settings = addresses(postgres_port)
    refused = terminal.run("init", "--email", "you@example.com", **settings)
    assert refused.code == 1
    assert "LOCALE 'C'" in refused.err
    with psycopg.connect(settings["TENANTRY_DATABASE_OWNER_URL"]) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
