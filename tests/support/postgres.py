"""A private PostgreSQL cluster for one test run: its own data folder, its own port, gone afterwards.

Three roles as in production: an owner that migrates, an application role that row-level security binds, and a system
role that may cross tenants.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from tenantry.kit.db import DatabaseUrls

_ROLES = """
CREATE ROLE app_owner LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB;
CREATE ROLE app_user LOGIN NOSUPERUSER NOBYPASSRLS;
CREATE ROLE app_system LOGIN NOSUPERUSER BYPASSRLS;
"""


@contextmanager
def running_cluster() -> Iterator[int]:
    """Starts a cluster and yields its port."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="tenantry-pg-"))
    port = _free_port()
    as_user = _unprivileged(folder)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
    options += " -c synchronous_commit=off -c max_connections=300"
    data = folder / "data"
    try:
        _run(*as_user, binaries / "initdb", "-D", data, "-U", "admin", "--auth=trust", "-E", "UTF8", "--locale=C")
        _run(*as_user, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        with psycopg.connect(f"postgresql://admin@127.0.0.1:{port}/postgres", autocommit=True) as connection:
            connection.execute(_ROLES)
        yield port
    finally:
        subprocess.run(
            [*as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], capture_output=True, check=False
        )
        shutil.rmtree(folder, ignore_errors=True)


def create_database(port: int, template: str | None = None) -> str:
    """Creates a database owned by app_owner, a copy of `template` when given. Returns its name."""
    name = f"t_{uuid4().hex[:16]}"
    with psycopg.connect(f"postgresql://admin@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        copy = f" TEMPLATE {template}" if template else ""
        connection.execute(f"CREATE DATABASE {name} OWNER app_owner{copy}")
    return name


def drop_database(port: int, name: str) -> None:
    with psycopg.connect(f"postgresql://admin@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def urls(port: int, name: str) -> DatabaseUrls:
    def at(role: str) -> str:
        return f"postgresql://{role}@127.0.0.1:{port}/{name}"

    return DatabaseUrls(app=at("app_user"), system=at("app_system"), owner=at("app_owner"))


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        message = "PostgreSQL's server programs are missing; `make test` installs them, or install postgresql yourself"
        raise RuntimeError(message)
    return Path(on_path).resolve().parent


def _unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root, so root hands the folder to the postgres user of the system's package."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres", "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
