"""What models cannot say: row-level security, append-only tables, and who may touch what."""

from collections.abc import Collection
from typing import Final

from alembic import op
from sqlalchemy import Connection, Uuid, column, func, literal, table

from tenantry.kit.db import PLATFORM_TENANT_ID

_TENANT: Final = "tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)"
# The sub-select is evaluated once per query; a bare current_setting is evaluated per row (2.4 x slower when scanned).
_MEMBER: Final = f"{_TENANT} OR user_id = (SELECT NULLIF(current_setting('app.user_id', true), '')::uuid)"


def protect_tenant_tables(*tables: str) -> None:
    """Keeps rows inside their tenant: forced row-level security on PostgreSQL, an immutable tenant_id on both."""
    for name in tables:
        _protect(name, _TENANT)


def protect_member_tables(*tables: str) -> None:
    """As protect_tenant_tables, and a user sees their own rows before a tenant is chosen; only the tenant writes."""
    for name in tables:
        _protect(name, _MEMBER)


def make_append_only(*tables: str) -> None:
    """Refuses UPDATE and DELETE in the database itself, whoever asks."""
    for name in tables:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        else:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {name}_append_only_{verb.lower()} BEFORE {verb} ON {name} "
                    f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
                )


def create_refusal() -> None:
    """The trigger functions on PostgreSQL; called once, by the first migration."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        op.execute(
            "CREATE FUNCTION refuse_tenant_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'tenant_id of % is immutable', TG_TABLE_NAME; END $$"
        )


def create_platform_tenant() -> None:
    """The tenant that owns what belongs to no customer; it exists from the first migration on."""
    tenant = table("tenant", *(column(name) for name in ("id", "slug", "name", "status", "created_at")))
    values = {"id": PLATFORM_TENANT_ID, "slug": "platform", "name": "Platform", "status": "active"}
    typed = {"id": literal(values["id"], Uuid), "created_at": func.current_timestamp()}
    op.execute(tenant.insert().values({**values, **typed}))


def append_only_tables() -> frozenset[str]:
    return frozenset({"audit_event", "audit_seal"})


def grant_roles(connection: Connection, app: str, system: str, append_only: Collection[str]) -> None:
    """DML for the application roles, not UPDATE and DELETE on append-only tables; never TRUNCATE, which ignores RLS."""
    current = connection.exec_driver_sql("select current_user").scalar_one()
    quote = connection.dialect.identifier_preparer.quote
    for role in {app, system} - {current}:
        grantee = quote(role)
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {grantee}")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {grantee}")
        for name in append_only:
            connection.exec_driver_sql(f"REVOKE UPDATE, DELETE ON {quote(name)} FROM {grantee}")


def _protect(name: str, readable: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {name} USING ({readable}) WITH CHECK ({_TENANT})")
        op.execute(
            f"CREATE TRIGGER immutable_tenant BEFORE UPDATE ON {name} FOR EACH ROW "
            "WHEN (OLD.tenant_id IS DISTINCT FROM NEW.tenant_id) EXECUTE FUNCTION refuse_tenant_change()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {name}_immutable_tenant BEFORE UPDATE OF tenant_id ON {name} "
            f"WHEN OLD.tenant_id IS NOT NEW.tenant_id BEGIN SELECT RAISE(ABORT, 'tenant_id is immutable'); END"
        )
