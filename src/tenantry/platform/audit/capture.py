"""Capturing edits: every flush of an audited table leaves an event with old and new values.

Bulk and Core statements have no attribute history; TenantSession refuses them unless they say `unscoped`, and the
tables that are written so (observations, projections) are machine-made and marked `__audit__ = False`.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from tenantry.kit.db import Base, GlobalSession, SystemSession, TenantSession
from tenantry.kit.secret import Secret
from tenantry.platform.audit.service import Audit

MASK: Final = "(hidden)"


def attach_audit(session: Session, audit: Audit) -> None:
    """From now on what this session flushes is audited. Sessions without an audit trail cannot write audited tables."""
    session.info["audit"] = audit


@event.listens_for(GlobalSession, "before_flush")
@event.listens_for(SystemSession, "before_flush")
@event.listens_for(TenantSession, "before_flush")
def _capture(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    rows = [
        *_audited(session.new, "created"),
        *_audited(session.dirty, "updated"),
        *_audited(session.deleted, "deleted"),
    ]
    recorded = [(row, verb, changes) for row, verb in rows if (changes := _changes(row, verb)) or verb == "deleted"]
    if not recorded:
        return
    audit: Audit | None = session.info.get("audit")
    if audit is None:
        message = f"{recorded[0][0].__tablename__} is audited; attach an audit trail to this session before writing"
        raise RuntimeError(message)
    for row, verb, changes in recorded:
        audit.record(f"{row.__tablename__}.{verb}", row, changes=changes or None)


def _audited(rows: Any, verb: str) -> Iterator[tuple[Base, str]]:
    for row in rows:
        if getattr(row, "__audit__", True):
            yield row, verb


def _changes(row: Base, verb: str) -> dict[str, list[object]]:
    """Per changed column [old, new]. Columns marked secret are masked, columns marked `audit: False` left out."""
    state = inspect(row)
    changes: dict[str, list[object]] = {}
    for attribute in state.mapper.column_attrs:
        info = attribute.columns[0].info
        history = state.attrs[attribute.key].history
        if info.get("audit") is False or (verb != "deleted" and not history.has_changes()):
            continue
        old = (history.deleted or history.unchanged if verb == "deleted" else history.deleted or [None])[:1] or [None]
        new = [None] if verb == "deleted" else history.added or [None]
        pair = [_plain(old[0]), _plain(new[0])]
        if pair != [None, None] and attribute.key not in ("id", "tenant_id"):
            changes[attribute.key] = [value and MASK for value in pair] if info.get("secret") else pair
    return changes


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | Secret):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return MASK
    return value
