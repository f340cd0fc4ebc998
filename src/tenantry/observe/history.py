"""What one item went through: every state it was seen in, and what changed from each to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select

from tenantry.kit.db import TenantSession
from tenantry.observe.bodies import unpack
from tenantry.observe.models import Observation, ObservationBody

Changes = dict[str, tuple[Any, Any]]

_ABSENT: Final = object()
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """A state of an item. `changes` maps a path to (before, after); it is empty for the first state that is kept."""

    since: datetime
    until: datetime | None
    changes: Changes
    is_first: bool


def history_of(
    session: TenantSession, microsoft_tenant_id: UUID, dataset: str, item_key: str, *, newest: int = 20
) -> list[Seen]:
    """The newest states of an item, newest first."""
    query = (
        select(Observation.seen_from, Observation.seen_to, ObservationBody.body)
        .join(ObservationBody, ObservationBody.id == Observation.body_id)
        .where(
            Observation.microsoft_tenant_id == microsoft_tenant_id,
            Observation.dataset == dataset,
            Observation.item_key == item_key,
        )
        .order_by(Observation.seen_from.desc())
        .limit(newest + 1)
    )
    rows = session.execute(query).all()
    states = [(row.seen_from, row.seen_to, unpack(row.body)) for row in rows]
    return [_seen(states, index) for index in range(min(len(states), newest))]


def _seen(states: Sequence[tuple[datetime, datetime | None, Any]], index: int) -> Seen:
    since, until, item = states[index]
    if index + 1 == len(states):
        return Seen(since, until, {}, is_first=True)
    return Seen(since, until, differences(states[index + 1][2], item), is_first=False)


def differences(old: Any, new: Any, *, most: int = 40) -> Changes:
    """What differs between two documents, by path. Lists are compared as a whole; long values are cut."""
    found: Changes = {}
    for path, before, after in _differing(old, new, ""):
        if len(found) == most:
            break
        found[path or "(document)"] = (_short(before), _short(after))
    return found


def _differing(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            inner = f"{path}.{name}" if path else name
            yield from _differing(old.get(name, _ABSENT), new.get(name, _ABSENT), inner)
    elif old != new:
        yield path, old, new


def _short(value: Any) -> Any:
    if value is _ABSENT:
        return None
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"{text[:_LONGEST]} …" if len(text) > _LONGEST else text
