"""Decisions and attestations over all Microsoft tenants: those that end soon first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from tenantry.kit.pagination import Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work
from tenantry.posture.decisions.models import Attestation, Disposition, Kind
from tenantry.posture.decisions.service import Attestations, Dispositions
from tenantry.posture.scans.models import PostureState
from tenantry.posture.verdicts import Status


class Held(StrEnum):
    """Whether a decision holds."""

    IN_FORCE = "in_force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions; None means any. Without `held` both those in force and those that ended."""

    microsoft_tenant_id: UUID | None = None
    held: Held | None = Held.IN_FORCE
    kind: Kind | None = None


def decisions_page(work: Work, wanted: DecisionFilter, page: PageQuery) -> Page[Disposition]:
    """Those in force by the day they end; others by the day they ended, the newest first."""
    now, ends = work.clock.now(), Disposition.expires_at
    query = Dispositions(work).every(wanted.microsoft_tenant_id)
    over = or_(Disposition.ended_at.is_not(None), ends <= now)
    query = query.where(*_held(wanted.held, over))
    if wanted.kind is not None:
        query = query.where(Disposition.kind == wanted.kind)
    return paginate(work.session, query, page, _order(ends, Disposition.id, wanted.held), count=True)


def attestations_page(work: Work, wanted: DecisionFilter, page: PageQuery) -> Page[Attestation]:
    now, ends = work.clock.now(), Attestation.valid_until
    query = Attestations(work).every(wanted.microsoft_tenant_id)
    over = or_(Attestation.withdrawn_at.is_not(None), ends <= now)
    query = query.where(*_held(wanted.held, over))
    return paginate(work.session, query, page, _order(ends, Attestation.id, wanted.held), count=True)


def scans_behind(work: Work, decided: Sequence[Disposition | Attestation]) -> dict[tuple[UUID, str], PostureState]:
    """Where the controls stand that these are about: the way to their newest verdict."""
    keys = {(one.microsoft_tenant_id, one.control) for one in decided}
    query = select(PostureState).where(tuple_(PostureState.microsoft_tenant_id, PostureState.control).in_(keys))
    return {(row.microsoft_tenant_id, row.control): row for row in work.session.scalars(query)} if keys else {}


def waiting(work: Work) -> tuple[int, int]:
    """How many controls wait for somebody to attest them, and in how many Microsoft tenants."""
    now = work.clock.now()
    vouched = select(Attestation.id).where(
        Attestation.microsoft_tenant_id == PostureState.microsoft_tenant_id,
        Attestation.control == PostureState.control,
        Attestation.withdrawn_at.is_(None),
        Attestation.valid_until > now,
    )
    query = select(func.count(), func.count(PostureState.microsoft_tenant_id.distinct())).where(
        PostureState.status == Status.MANUAL, ~vouched.exists()
    )
    if work.actor.scope is not None:
        query = query.where(PostureState.microsoft_tenant_id.in_(work.actor.scope))
    controls, tenants = work.session.execute(query).one()
    return controls, tenants


def state_of(ends: datetime, ended: datetime | None, now: datetime) -> str:
    """The word of web/states.py for a decision."""
    if ended is not None and ended < ends:
        return "taken_back"
    return "in_force" if ended is None and ends > now else "lapsed"


_ENDING_SOON: Final = 30


def ends_soon(ends: datetime, now: datetime) -> bool:
    return 0 <= (ends - now).days < _ENDING_SOON


def _held(held: Held | None, over: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    return [] if held is None else [~over] if held is Held.IN_FORCE else [over]


def _order(ends: Any, key: Any, held: Held | None) -> list[SortKey]:
    return [SortKey(ends, descending=held is not Held.IN_FORCE, never_null=True), SortKey(key, never_null=True)]
