"""Deciding what is unused once a Microsoft tenant was collected, and keeping the ledger of it."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from tenantry.governance.resources.models import Resource, Subscription
from tenantry.governance.resources.related import DISK, JUDGED, READ, Users, noted, related_reason
from tenantry.governance.resources.unused.ledger import collected_at, keep_as_collected
from tenantry.kit.db import TenantSession
from tenantry.observe.bodies import unpack
from tenantry.observe.events import on_collected, on_deciding
from tenantry.observe.losses import lost_subscriptions
from tenantry.observe.models import ObservationBody
from tenantry.platform.work import Work

_CHUNK: Final = 500


@on_deciding
def decide_related(work: Work, microsoft_tenant_id: UUID) -> None:
    """Marks the orphans that only a look at other resources tells, as of the collection that is shown."""
    complete_at = collected_at(work.session, microsoft_tenant_id)
    if complete_at is None:
        return
    rows = work.session.execute(
        select(Resource.id, Resource.orphan_reason, ObservationBody.body)
        .join(ObservationBody, ObservationBody.id == Resource.body_id)
        .where(Resource.microsoft_tenant_id == microsoft_tenant_id, Resource.resource_type.in_(READ))
    ).all()
    items = [(row.id, row.orphan_reason, unpack(row.body)) for row in rows]
    users = noted((item for _, _, item in items), _users(work.session, microsoft_tenant_id))
    changed: dict[str | None, list[UUID]] = {}
    for key, held, item in items:
        if str(item.get("type") or "").lower() in JUDGED and (now := related_reason(item, users, complete_at)) != held:
            changed.setdefault(now, []).append(key)
    for reason, keys in changed.items():
        _mark(work.session, keys, reason)


@on_collected
def keep(work: Work, microsoft_tenant_id: UUID) -> None:
    keep_as_collected(work, microsoft_tenant_id)


def _users(session: TenantSession, key: UUID) -> Users:
    disks = select(Resource.item_key).where(Resource.microsoft_tenant_id == key, Resource.resource_type == DISK)
    subscriptions = select(Subscription.subscription_key).where(Subscription.microsoft_tenant_id == key)
    lost = {row.subscription_key for row in lost_subscriptions(session, key)}
    return Users(frozenset(session.scalars(disks)), frozenset(session.scalars(subscriptions)) - lost)


def _mark(session: TenantSession, keys: Sequence[UUID], reason: str | None) -> None:
    for start in range(0, len(keys), _CHUNK):
        rows: Any = update(Resource).where(Resource.id.in_(keys[start : start + _CHUNK]))
        session.execute(rows.values(orphan_reason=reason).execution_options(synchronize_session=False))
