"""Bringing a database to the current schema, with the grants each role needs."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, make_url

from tenantry.kit.db import Base, DatabaseUrls
from tenantry.kit.db.engines import assert_collation, build_engine
from tenantry.migrations.protection import append_only_tables, grant_roles
from tenantry.slices import load_slices

_FOLDER: Final = Path(__file__).parent
_LOCK: Final = 7_239_114_001
"""Any number of our own: nodes that start together migrate one after the other."""


def target_metadata() -> MetaData:
    """The metadata of all slices."""
    load_slices()
    return Base.metadata


def upgrade(urls: DatabaseUrls) -> None:
    """Migrates to the newest revision as the owner, then grants the application roles what they need. Idempotent.

    Raises UnsuitableCollation before anything is made.
    """
    engine = build_engine(urls.owner)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                assert_collation(connection)
                connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
            command.upgrade(config(connection), "head")
            if connection.dialect.name == "postgresql":
                grant_roles(connection, _role(urls.app), _role(urls.system), append_only_tables())
    finally:
        engine.dispose()


def is_current(connection: Connection) -> bool:
    """Whether the database has exactly the schema this version of Tenantry expects."""
    newest = ScriptDirectory.from_config(config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == newest


def config(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER))
    settings.attributes["connection"] = connection
    return settings


def _role(url: str) -> str:
    return make_url(url).username or "postgres"
