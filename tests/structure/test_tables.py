"""The migrated databases keep the promises of the models: keys, indexes, policies, no native enums."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Inspector, inspect, text

from tenantry.kit.db import Base, DatabaseUrls, MemberOwned, TenantRow
from tenantry.kit.db.engines import build_engine
from tenantry.migrations.protection import append_only_tables
from tenantry.migrations.runner import is_current, target_metadata

target_metadata()


def tables_of(kind: type) -> list[str]:
    return sorted(str(mapper.local_table) for mapper in Base.registry.mappers if issubclass(mapper.class_, kind))


TENANT_TABLES = tables_of(TenantRow)
MEMBER_TABLES = tables_of(MemberOwned)


@pytest.fixture
def connection(database_urls: DatabaseUrls) -> Iterator[Connection]:
    engine = build_engine(database_urls.owner)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_models_and_migrations_agree(connection: Connection) -> None:
    assert is_current(connection)
    assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_every_tenant_table_is_led_by_its_tenant(connection: Connection) -> None:
    inspector: Inspector = inspect(connection)
    for table in TENANT_TABLES:
        assert inspector.get_pk_constraint(table)["constrained_columns"] == ["tenant_id", "id"], table
        for index in inspector.get_indexes(table):
            assert index["column_names"][0] == "tenant_id", f"{table}.{index['name']} cannot serve one tenant's queries"
        for unique in inspector.get_unique_constraints(table):
            assert unique["column_names"][0] == "tenant_id", f"{table}: {unique['name']} tells of other tenants' rows"


def test_references_between_tenant_tables_carry_the_tenant(connection: Connection) -> None:
    inspector: Inspector = inspect(connection)
    for table in TENANT_TABLES:
        for key in inspector.get_foreign_keys(table):
            if key["referred_table"] in TENANT_TABLES:
                assert key["constrained_columns"][0] == "tenant_id", f"{table} → {key['referred_table']}"
                assert key["referred_columns"] == ["tenant_id", "id"]


class TestPostgreSQL:
    @pytest.fixture
    def database_urls(self, postgres_urls: DatabaseUrls) -> DatabaseUrls:
        return postgres_urls

    def test_every_tenant_table_forces_its_policy(self, connection: Connection) -> None:
        query = "select relname, relrowsecurity and relforcerowsecurity as forced from pg_class where relkind = 'r'"
        forced = {row.relname: row.forced for row in connection.execute(text(query))}
        assert [table for table in TENANT_TABLES if not forced[table]] == []
        policies = connection.execute(text("select tablename, qual, with_check from pg_policies")).all()
        assert sorted(policy.tablename for policy in policies) == TENANT_TABLES
        for policy in policies:
            assert "current_setting('app.tenant_id'" in policy.with_check
            assert ("app.user_id" in policy.qual) == (policy.tablename in MEMBER_TABLES)

    def test_there_are_no_native_enums(self, connection: Connection) -> None:
        assert connection.execute(text("select typname from pg_type where typtype = 'e'")).all() == []

    def test_the_application_may_not_change_the_past(self, connection: Connection) -> None:
        query = text(
            "select table_name, privilege_type from information_schema.role_table_grants "
            "where grantee in ('app_user', 'app_system')"
        )
        granted: dict[str, set[str]] = {}
        for table, privilege in connection.execute(query):
            granted.setdefault(table, set()).add(privilege)
        assert not any("TRUNCATE" in privileges for privileges in granted.values())
        for table in append_only_tables():
            assert granted[table] == {"SELECT", "INSERT"}, table
