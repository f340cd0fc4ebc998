"""The chain. Linking inside each request would serialise all writers (a factor of seven), so one job seals afterwards.

The order of sealing is the order of record: it has no gaps, and late commits simply get a later number.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select

from tenantry.kit.clock import Clock
from tenantry.kit.db import TenantSession
from tenantry.platform.audit.models import AuditEvent, AuditSeal
from tenantry.platform.encryption.models import DataKey, KeyPurpose
from tenantry.platform.encryption.service import Vault

GENESIS: Final = bytes(32)
_BATCH: Final = 1000
_LATEST_COMMIT: Final = timedelta(days=1)
"""No transaction stays open longer, so older events need not be searched for a missing seal every minute."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of walking one tenant's chain. `broken_at` is the first seal number that does not hold."""

    tenant_id: UUID
    sealed: int
    unsealed: int
    head: str
    broken_at: int | None = None
    why: str | None = None


@dataclass(slots=True)
class Seals:
    """The chain of one tenant."""

    session: TenantSession
    vault: Vault
    clock: Clock

    def seal_pending(self) -> int:
        """Seals up to 1,000 events that have no seal yet. Returns how many were sealed."""
        last = self._last()
        events = self._unsealed(_BATCH, since=last.sealed_at - _LATEST_COMMIT if last else None)
        if not events:
            return 0
        data_key = self.vault.key(KeyPurpose.AUDIT)
        key = self.vault.unwrap(data_key)
        number, head = (last.seal_no, last.hash) if last else (0, GENESIS)
        for event in events:
            number += 1
            head = _link(key, head, number, event)
            self.session.add(self._row(event, number, head, data_key))
        return len(events)

    def head(self) -> tuple[int, bytes]:
        """The newest seal's number and hash; (0, zeros) before the first."""
        last = self._last()
        return (last.seal_no, last.hash) if last else (0, GENESIS)

    def verify(self) -> Verification:
        """Recomputes every link. Finds changed, removed, added and reordered events."""
        keys: dict[UUID, bytes] = {}
        number, head = 0, GENESIS
        while batch := self._sealed_after(number):
            for seal, event in batch:
                number += 1
                if (why := self._fault(seal, event, number, head, keys)) is not None:
                    return self._result(number - 1, head, number, why)
                head = seal.hash
        return self._result(number, head)

    def _last(self) -> AuditSeal | None:
        return self.session.scalars(select(AuditSeal).order_by(AuditSeal.seal_no.desc()).limit(1)).one_or_none()

    def _fault(
        self, seal: AuditSeal, event: AuditEvent | None, number: int, head: bytes, keys: dict[UUID, bytes]
    ) -> str | None:
        if seal.seal_no != number:
            return f"seal {number} is missing"
        if event is None:
            return f"the event of seal {number} is missing"
        if seal.data_key_id not in keys:
            keys[seal.data_key_id] = self.vault.unwrap(self.session.one(DataKey, seal.data_key_id))
        if not hmac.compare_digest(seal.hash, _link(keys[seal.data_key_id], head, number, event)):
            return f"event {event.id} or its seal was changed"
        return None

    def _result(self, number: int, head: bytes, broken_at: int | None = None, why: str | None = None) -> Verification:
        unsealed = len(self._unsealed(10_000)) if broken_at is None else 0
        return Verification(self.session.tenant_id, number, unsealed, head.hex(), broken_at, why)

    def _unsealed(self, limit: int, since: datetime | None = None) -> Sequence[AuditEvent]:
        unsealed = select(AuditEvent).where(~select(AuditSeal.id).where(AuditSeal.event_id == AuditEvent.id).exists())
        if since is not None:
            unsealed = unsealed.where(AuditEvent.at >= since)
        return self.session.scalars(unsealed.order_by(AuditEvent.id).limit(limit)).all()

    def _sealed_after(self, number: int) -> Sequence[Any]:
        rows = (
            select(AuditSeal, AuditEvent)
            .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
            .where(AuditSeal.seal_no > number)
            .order_by(AuditSeal.seal_no)
            .limit(_BATCH)
        )
        return self.session.execute(rows).all()

    def _row(self, event: AuditEvent, number: int, link: bytes, data_key: DataKey) -> AuditSeal:
        return AuditSeal(
            tenant_id=event.tenant_id,
            event_id=event.id,
            seal_no=number,
            hash=link,
            data_key_id=data_key.id,
            sealed_at=self.clock.now(),
        )


def canonical(event: AuditEvent) -> bytes:
    """One event as bytes that are the same on both databases and in every version of Tenantry."""
    values = {column.key: getattr(event, column.key) for column in AuditEvent.__mapper__.column_attrs}
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def _link(key: bytes, previous: bytes, number: int, event: AuditEvent) -> bytes:
    return hmac.digest(key, previous + number.to_bytes(8) + canonical(event), hashlib.sha256)
