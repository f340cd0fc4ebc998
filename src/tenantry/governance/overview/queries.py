"""The fleet: one row per Microsoft tenant from its summary, filtered and sorted; what needs a decision; what runs."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, case, func, or_, select

from tenantry.estate.expiry import WARN_BEFORE
from tenantry.estate.models import Access, Connection, Credential, Lifecycle, MicrosoftTenant
from tenantry.governance.overview.models import Licence, Summary
from tenantry.kit.pagination import AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.access import Actor
from tenantry.platform.jobs.models import OPEN_STATES, Job
from tenantry.platform.work import Work

ATTENTION: Final = 8


class Health(StrEnum):
    """One word for connection and lifecycle together, the worst first."""

    BROKEN = "broken"
    LIMITED = "limited"
    ONBOARDING = "onboarding"
    UNTESTED = "untested"
    PAUSED = "paused"
    WORKING = "working"
    OFFBOARDED = "offboarded"


class Problem(StrEnum):
    """What may be wrong with a Microsoft tenant."""

    ANY = "any"
    NO_ACCESS = "no_access"
    NOT_LICENSED = "not_licensed"
    UNFINISHED = "unfinished"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class FleetFilter:
    """Which Microsoft tenants; None means any, and offboarded ones only when asked for."""

    text: str | None = None
    health: Health | None = None
    licence: Licence | None = None
    access: Access | None = None
    problem: Problem | None = None


def health_of(tenant: MicrosoftTenant) -> Health:
    if tenant.lifecycle in (Lifecycle.OFFBOARDED, Lifecycle.PAUSED):
        return Health(tenant.lifecycle.value)
    is_new = tenant.lifecycle is Lifecycle.ONBOARDING and tenant.connection is not Connection.BROKEN
    return Health.ONBOARDING if is_new else Health(tenant.connection.value)


_ONBOARDING: Final = MicrosoftTenant.lifecycle == Lifecycle.ONBOARDING
_CONDITIONS: Final[dict[Health, ColumnElement[bool]]] = {
    Health.OFFBOARDED: MicrosoftTenant.lifecycle == Lifecycle.OFFBOARDED,
    Health.PAUSED: MicrosoftTenant.lifecycle == Lifecycle.PAUSED,
    Health.BROKEN: MicrosoftTenant.connection == Connection.BROKEN,
    Health.ONBOARDING: _ONBOARDING,
    Health.LIMITED: MicrosoftTenant.connection == Connection.LIMITED,
    Health.UNTESTED: MicrosoftTenant.connection == Connection.UNTESTED,
    Health.WORKING: MicrosoftTenant.connection == Connection.WORKING,
}
"""As `health_of`: the first that holds."""
_ORDER: Final = list(Health)
_RANK: Final[Any] = case(
    *((condition, _ORDER.index(health)) for health, condition in _CONDITIONS.items()), else_=len(_ORDER)
)
_COVERAGE: Final[Any] = Summary.mfa_capable * 10_000 // func.nullif(Summary.mfa_known, 0, type_=Integer)

SORTS: Final[dict[str, Any]] = {
    "name": MicrosoftTenant.name_key,
    "health": _RANK,
    "collected": Summary.collected_at,
    "members": Summary.members,
    "guests": Summary.guests,
    "mfa": _COVERAGE,
    "privileged": Summary.privileged,
    "stale": Summary.stale,
    "resources": Summary.resources,
    "orphans": Summary.orphans,
    "problems": Summary.problems,
}


def fleet_page(work: Work, wanted: FleetFilter, page: PageQuery, now: datetime, sort: tuple[str, bool]) -> Page[Any]:
    """A page of rows: Microsoft tenant, summary or None, when its credential ends. Equal ones go by name."""
    keys = [SortKey(SORTS[sort[0]], descending=sort[1]), SortKey(MicrosoftTenant.name_key), SortKey(MicrosoftTenant.id)]
    return paginate(
        work.session, _fleet(work.actor, wanted, now), page, keys[1:] if sort == ("name", False) else keys, count=True
    )


def totals(work: Work, wanted: FleetFilter, now: datetime) -> Any:
    """Sums over what is known, and how many Microsoft tenants know it."""
    columns: list[Any] = [Summary.members, Summary.guests, Summary.mfa_known, Summary.mfa_capable]
    columns += [Summary.privileged, Summary.privileged_without_mfa, Summary.stale, Summary.resources, Summary.orphans]
    sums = [func.sum(column).label(column.key) for column in columns]
    counts = [func.count(column).label(f"{column.key}_known") for column in columns]
    oldest = func.min(Summary.collected_at).label("oldest")
    collected = func.count(Summary.collected_at).label("collected")
    query = _fleet(work.actor, wanted, now).with_only_columns(
        func.count(MicrosoftTenant.id).label("tenants"), oldest, collected, *sums, *counts
    )
    return work.session.execute(query).one()


def fleet_size(work: Work) -> int:
    """How many there are, offboarded ones included: an installation that has none is new."""
    query = select(func.count(MicrosoftTenant.id)).where(*_reached(work.actor, MicrosoftTenant.id))
    return work.session.execute(query).scalar_one()


def attention(work: Work, now: datetime) -> tuple[int, list[Any]]:
    """Connections that need a decision: how many, and the first of them with when their credential ends."""
    statement = _fleet(work.actor, FleetFilter(), now).where(
        MicrosoftTenant.lifecycle != Lifecycle.PAUSED, or_(MicrosoftTenant.problem_code.is_not(None), _ends_soon(now))
    )
    total = work.session.execute(statement.with_only_columns(func.count(MicrosoftTenant.id))).scalar_one()
    return total, list(work.session.execute(statement.order_by(_RANK, MicrosoftTenant.name_key).limit(ATTENTION)))


def open_jobs(work: Work) -> list[Any]:
    """What runs or waits for Microsoft tenants: rows of subject, kind, state, done, total, note."""
    columns = (Job.subject_id, Job.kind, Job.state, Job.done, Job.total, Job.note)
    query = select(*columns).where(Job.state.in_(OPEN_STATES), Job.subject_id.is_not(None))
    return list(work.session.execute(query.where(*_reached(work.actor, Job.subject_id)).limit(1000)))


def busy_subjects(jobs: Sequence[Any]) -> frozenset[UUID]:
    return frozenset(job.subject_id for job in jobs)


def _reached(actor: Actor, column: Any) -> list[ColumnElement[bool]]:
    return [] if actor.scope is None else [column.in_(actor.scope)]


def _fleet(actor: Actor, wanted: FleetFilter, now: datetime) -> AnySelect:
    statement: AnySelect = (
        select(MicrosoftTenant, Summary, Credential.expires_at)
        .outerjoin(Summary, Summary.microsoft_tenant_id == MicrosoftTenant.id)
        .outerjoin(Credential, Credential.microsoft_tenant_id == MicrosoftTenant.id)
    )
    return statement.where(and_(*_conditions(wanted, now), *_reached(actor, MicrosoftTenant.id)))


def _conditions(wanted: FleetFilter, now: datetime) -> list[ColumnElement[bool]]:
    found = [MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED] if wanted.health is not Health.OFFBOARDED else []
    if wanted.health is not None:
        found.append(_ORDER.index(wanted.health) == _RANK)
    if wanted.licence is not None:
        found.append(Summary.licence == wanted.licence.value)
    if wanted.access is not None:
        found.append(MicrosoftTenant.access == wanted.access)
    if wanted.problem is not None:
        found.append(_problem(wanted.problem, now))
    if wanted.text:
        found.append(_named(wanted.text))
    return found


def _problem(problem: Problem, now: datetime) -> ColumnElement[bool]:
    conditions: dict[Problem, ColumnElement[bool]] = {
        Problem.NO_ACCESS: or_(Summary.without_access > 0, Summary.lost_subscriptions > 0),
        Problem.NOT_LICENSED: Summary.not_licensed > 0,
        Problem.UNFINISHED: Summary.unfinished > 0,
        Problem.CREDENTIAL: _ends_soon(now),
    }
    conditions[Problem.ANY] = or_(
        Summary.problems > 0, MicrosoftTenant.problem_code.is_not(None), conditions[Problem.CREDENTIAL]
    )
    return conditions[problem]


def _ends_soon(now: datetime) -> ColumnElement[bool]:
    return Credential.expires_at <= now + WARN_BEFORE


def _named(text: str) -> ColumnElement[bool]:
    """Anywhere in the name or the domain, or the whole directory id. A fleet is small enough to look at each."""
    part = text.casefold()
    conditions: list[ColumnElement[bool]] = [
        MicrosoftTenant.name_key.contains(part, autoescape=True),
        func.lower(MicrosoftTenant.default_domain).contains(part, autoescape=True),
    ]
    with suppress(ValueError):
        conditions.append(MicrosoftTenant.entra_tenant_id == UUID(text.strip()))
    return or_(*conditions)
