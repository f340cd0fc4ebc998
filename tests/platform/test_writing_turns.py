"""Those who write to one SQLite file queue for it: nobody fails, nobody is lost, whoever dies holds nobody up."""

import multiprocessing
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.kit.db.turns import WritingTurns
from tenantry.kit.ids import new_id

WRITERS = 8
EACH = 25


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "tenantry.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table tally (count integer not null)")
        connection.execute("insert into tally values (0)")
    return path


def counted(database: Path) -> None:
    """Reads and writes in one transaction, which only one at a time may do."""
    databases, tenant_id = Databases(DatabaseUrls.single(f"sqlite:///{database}")), new_id()
    for _ in range(EACH):
        with databases.tenant(tenant_id) as session:
            count = session.execute(text("select count from tally").execution_options(unscoped=True)).scalar_one()
            more = text("update tally set count = :count").execution_options(unscoped=True)
            session.execute(more, {"count": count + 1})
    databases.dispose()


def test_threads_and_processes_wait_for_each_other(database: Path) -> None:
    processes = [multiprocessing.get_context("spawn").Process(target=counted, args=[database]) for _ in range(2)]
    for process in processes:
        process.start()
    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(counted, [database] * WRITERS))
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    with sqlite3.connect(database) as connection:
        assert connection.execute("select count from tally").fetchone() == ((WRITERS + 2) * EACH,)


def holding(database: Path, is_held: threading.Event) -> None:
    WritingTurns(database).take()
    is_held.set()
    time.sleep(600)


def test_who_dies_with_the_turn_gives_it_back(database: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    is_held = spawning.Event()
    process = spawning.Process(target=holding, args=[database, is_held])
    process.start()
    assert is_held.wait(60)
    process.kill()
    counted(database)
    process.join()


def test_the_turn_is_taken_by_the_first_statement(database: Path) -> None:
    """A unit of work that has not written yet may open another one."""
    databases, change = Databases(DatabaseUrls.single(f"sqlite:///{database}")), "update tally set count = count + 1"
    more = text(change).execution_options(unscoped=True)
    with databases.tenant(new_id()) as outer:
        with databases.tenant(new_id()) as inner:
            inner.execute(more)
        outer.execute(more)
    databases.dispose()
    with sqlite3.connect(database) as connection:
        assert connection.execute("select count from tally").fetchone() == (2,)


def test_who_only_reads_waits_for_nobody(database: Path) -> None:
    databases = Databases(DatabaseUrls.single(f"sqlite:///{database}"))
    query = text("select count from tally").execution_options(unscoped=True)
    with databases.tenant(new_id()), databases.tenant(new_id(), read_only=True) as session:
        assert session.execute(query).scalar_one() == 0
    databases.dispose()
