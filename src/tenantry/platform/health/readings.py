"""How the database is."""

import time
from collections.abc import Iterable
from typing import Final

from prometheus_client import Metric
from sqlalchemy import select

from tenantry.migrations.runner import is_current
from tenantry.platform.health.registry import Look, Part, Status, gauge_of, health_gauges, health_part
from tenantry.platform.tenancy.models import Tenant

_SLOW: Final = 1.0


@health_part("database")
def database(look: Look) -> Part:
    """How long a question takes, and whether the schema is the one this version expects."""
    seconds = _seconds_to_answer(look)
    databases = look.platform.databases
    with databases.app.execution_options(read_only=True).connect() as connection:
        current = is_current(connection)
    facts = {
        "kind": databases.app.dialect.name,
        "answers_in_ms": round(seconds * 1000, 2),
        "is_migrated": current,
    }
    if not current:
        return Part(Status.FAILING, "The schema is of another version. Run `tenantry init`.", facts)
    if seconds > _SLOW:
        return Part(Status.DEGRADED, "The database answers slowly.", facts)
    return Part(Status.OK, "The database answers.", facts)


@health_gauges
def gauges(look: Look) -> Iterable[Metric]:
    says = "How long the database took for a question that costs nothing."
    yield from gauge_of("tenantry_database_answer_seconds", says, _seconds_to_answer(look))


def _seconds_to_answer(look: Look) -> float:
    started = time.perf_counter()
    look.session.execute(select(Tenant.id).limit(1))
    return time.perf_counter() - started
