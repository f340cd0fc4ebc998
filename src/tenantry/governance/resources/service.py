"""Letting a subscription go that is out of sight."""

from uuid import UUID

from sqlalchemy import select

from tenantry.estate.permissions import MANAGE
from tenantry.governance.resources.models import Subscription
from tenantry.governance.resources.permissions import READ
from tenantry.kit.errors import Conflict
from tenantry.observe.events import tell_collected
from tenantry.observe.losses import let_go
from tenantry.observe.models import LostSubscription
from tenantry.platform.work import Work

RELEASED = "subscription.released"


def release(work: Work, subscription_id: UUID) -> str:
    """Closes what is known of a lost subscription and returns its name. It comes back if it is seen again.

    Raises NotFound, and Conflict for one that is still visible: the next collection would only find it again.
    """
    work.actor.require(READ)
    work.actor.require(MANAGE)
    row = work.one(Subscription, subscription_id)
    lost = select(LostSubscription).where(
        LostSubscription.microsoft_tenant_id == row.microsoft_tenant_id,
        LostSubscription.subscription_key == row.subscription_key,
    )
    if work.session.scalars(lost).one_or_none() is None:
        raise Conflict(why=f"{row.display_name} is still visible; only what is out of sight can be let go")
    work.audit.record(RELEASED, row, subscription=row.subscription_key)
    let_go(work.session, row.microsoft_tenant_id, [row.subscription_key], work.clock.now())
    tell_collected(work, row.microsoft_tenant_id)
    return row.display_name
