"""Subscriptions that are out of sight. ARM leaves out what an application may not read, so that "withdrawn" and
"deleted" look the same: what was known is kept with its age until the subscription is back or somebody lets it go.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update

from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.kit.ids import new_id
from tenantry.observe.azure import SUBSCRIPTIONS
from tenantry.observe.bodies import unpack
from tenantry.observe.datasets import Needs, all_datasets
from tenantry.observe.models import DatasetState, LostSubscription, Observation, ObservationBody
from tenantry.observe.projecting import drop_vanished

ACCESS_LOST: Final = "access_lost"
"""The honest state of what is out of sight."""
_TABLE: Final = Base.metadata.tables[LostSubscription.__tablename__]


def note_losses(session: TenantSession, microsoft_tenant_id: UUID, within: Collection[str], now: datetime) -> None:
    """Compares what a complete list was read in with the subscriptions that are known.

    One that Microsoft had called deleted before is gone; every other one is lost. Called before the newest complete
    list is noted, so that what is kept is given the age of the last one that had it.
    """
    read = frozenset(within)
    _found_again(session, microsoft_tenant_id, read)
    missing = [row for row in _known(session, microsoft_tenant_id) if row.item_key not in read]
    gone = [row.item_key for row in missing if str(unpack(row.body).get("state")).lower() == "deleted"]
    let_go(session, microsoft_tenant_id, gone, now)
    seen_at = session.scalars(
        select(DatasetState.complete_at).where(
            DatasetState.microsoft_tenant_id == microsoft_tenant_id, DatasetState.dataset == SUBSCRIPTIONS
        )
    ).one_or_none()
    columns = ["id", "microsoft_tenant_id", "subscription_key", "lost_at", "seen_at"]
    lost = sorted({row.item_key for row in missing}.difference(gone))
    rows = ((new_id(), microsoft_tenant_id, key, now, seen_at) for key in lost)
    # Several datasets of one Microsoft tenant may find out at once: whoever is second leaves it as it is.
    bulk_upsert(session, _TABLE, columns, rows, key=["microsoft_tenant_id", "subscription_key"])


def let_go(session: TenantSession, microsoft_tenant_id: UUID, keys: Sequence[str], now: datetime) -> None:
    """Closes what is known of these subscriptions, as if it had been seen to vanish. Its history stays."""
    if not keys:
        return
    names = [item.name for item in all_datasets() if item.needs is Needs.AZURE]
    for key in keys:
        inside = Observation.item_key.startswith(f"/subscriptions/{key}/", autoescape=True)
        itself = (Observation.dataset == SUBSCRIPTIONS) & (Observation.item_key == key)
        closed = update(Observation).where(
            Observation.microsoft_tenant_id == microsoft_tenant_id,
            Observation.dataset.in_(names),
            Observation.seen_to.is_(None),
            or_(inside, itself),
        )
        session.execute(closed.values(seen_to=now).execution_options(synchronize_session=False))
    for name in names:
        drop_vanished(session, microsoft_tenant_id, name)
    _forget(session, microsoft_tenant_id, keys)


def is_lost(model: Any) -> ColumnElement[bool]:
    """Whether a projected row belongs to a subscription that is out of sight."""
    lost = select(LostSubscription.id).where(
        LostSubscription.microsoft_tenant_id == model.microsoft_tenant_id,
        LostSubscription.subscription_key == model.subscription_key,
    )
    return lost.exists()


def lost_subscriptions(session: TenantSession, microsoft_tenant_id: UUID) -> Sequence[LostSubscription]:
    query = select(LostSubscription).where(LostSubscription.microsoft_tenant_id == microsoft_tenant_id)
    return session.scalars(query.order_by(LostSubscription.lost_at, LostSubscription.subscription_key)).all()


def _found_again(session: TenantSession, microsoft_tenant_id: UUID, within: Collection[str]) -> None:
    lost = lost_subscriptions(session, microsoft_tenant_id)
    _forget(session, microsoft_tenant_id, [row.subscription_key for row in lost if row.subscription_key in within])


def _forget(session: TenantSession, microsoft_tenant_id: UUID, keys: Sequence[str]) -> None:
    if keys:
        rows = delete(LostSubscription).where(
            LostSubscription.microsoft_tenant_id == microsoft_tenant_id, LostSubscription.subscription_key.in_(keys)
        )
        session.execute(rows.execution_options(synchronize_session=False))


def _known(session: TenantSession, microsoft_tenant_id: UUID) -> Sequence[Any]:
    query = (
        select(Observation.item_key, ObservationBody.body)
        .join(ObservationBody, ObservationBody.id == Observation.body_id)
        .where(
            Observation.microsoft_tenant_id == microsoft_tenant_id,
            Observation.dataset == SUBSCRIPTIONS,
            Observation.seen_to.is_(None),
        )
    )
    return session.execute(query).all()
