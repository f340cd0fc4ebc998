"""Counting after a collection, so that no page has to."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from tenantry.governance.resources.catalogue import CORE, RESOURCE_GROUPS, RESOURCES, SUBSCRIPTIONS
from tenantry.governance.resources.models import AzureSummary, Resource, ResourceGroup, Subscription
from tenantry.governance.resources.orphans import BILLED
from tenantry.kit.db import TenantSession
from tenantry.observe.events import on_collected
from tenantry.observe.losses import ACCESS_LOST, is_lost, lost_subscriptions
from tenantry.observe.models import DatasetState, Outcome
from tenantry.platform.work import Work

States = Mapping[str, DatasetState]


@on_collected
def summarise(work: Work, microsoft_tenant_id: UUID) -> None:
    """Counts what is known of one Microsoft tenant; what was never collected stays None, what is lost is left out."""
    session = work.session
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == microsoft_tenant_id, DatasetState.dataset.in_(CORE)
    )
    states = {state.dataset: state for state in session.scalars(query)}
    if not states:
        return
    if all(state.outcome is Outcome.COMPLETE for state in states.values()) and len(states) == len(CORE):
        _count_inside(session, microsoft_tenant_id)
    lost = len(lost_subscriptions(session, microsoft_tenant_id))
    summary = _summary(session, microsoft_tenant_id)
    summary.lost_subscriptions = lost
    summary.state, summary.missing_permission = _state(states)
    if lost and summary.state == Outcome.COMPLETE:
        summary.state = ACCESS_LOST
    resources = states.get(RESOURCES.name)
    summary.collected_at = resources.complete_at if resources else None
    _count(session, summary, states)


def _count_inside(session: TenantSession, key: UUID) -> None:
    """Resources per group and subscription; only when both are of one collection, or new groups would look empty."""
    for model, column, inside in (
        (ResourceGroup, Resource.group_key, ResourceGroup.item_key),
        (Subscription, Resource.subscription_key, Subscription.subscription_key),
    ):
        counted = (
            select(column.label("inside"), func.count().label("resources"))
            .where(Resource.tenant_id == session.tenant_id, Resource.microsoft_tenant_id == key)
            .group_by(column)
            .subquery()  # counted once and joined: asked for group by group, a large tenant would take minutes
        )
        ours = update(model).where(model.microsoft_tenant_id == key).execution_options(synchronize_session=False)
        session.execute(ours.values(resources=0))
        session.execute(ours.where(inside == counted.c.inside).values(resources=counted.c.resources))


def _summary(session: TenantSession, key: UUID) -> AzureSummary:
    found = session.scalars(select(AzureSummary).where(AzureSummary.microsoft_tenant_id == key)).one_or_none()
    if found is None:
        found = AzureSummary(microsoft_tenant_id=key)
        session.add(found)
    return found


def _state(states: States) -> tuple[str, str | None]:
    """The newest attempts as one word: what happened to the resources, else `partial` when another is missing."""
    resources = states.get(RESOURCES.name)
    if resources is not None and resources.outcome is not Outcome.COMPLETE:
        return resources.outcome.value, resources.missing_permission
    others = [state for state in states.values() if state.outcome is not Outcome.COMPLETE]
    if resources is None:
        return (others[0].outcome.value, others[0].missing_permission) if others else ("partial", None)
    return ("partial", others[0].missing_permission) if others else (Outcome.COMPLETE.value, None)


def _count(session: TenantSession, summary: AzureSummary, states: States) -> None:
    known = {name for name, state in states.items() if state.complete_at is not None}
    key = summary.microsoft_tenant_id
    if SUBSCRIPTIONS.name in known:
        not_enabled = func.count().filter(Subscription.state != "enabled")
        query = select(func.count(), not_enabled).where(*_visible(Subscription, key))
        summary.subscriptions, summary.subscriptions_not_enabled = session.execute(query).one()
    if RESOURCE_GROUPS.name in known:
        empty = func.count().filter(ResourceGroup.resources == 0)
        groups = select(func.count(), empty).where(*_visible(ResourceGroup, key))
        summary.resource_groups, summary.empty_groups = session.execute(groups).one()
    if RESOURCES.name in known:
        reason = Resource.orphan_reason
        counts = func.count(), func.count(reason), func.count().filter(reason.in_(BILLED))
        row = session.execute(select(*counts).where(*_visible(Resource, key))).one()
        summary.resources, summary.orphans, summary.orphans_billed = row
        lost = select(func.count()).where(Resource.microsoft_tenant_id == key, is_lost(Resource))
        summary.lost_resources = session.execute(lost).scalar_one()


def _visible(model: Any, key: UUID) -> tuple[Any, Any]:
    return model.microsoft_tenant_id == key, ~is_lost(model)
