"""`/api/v1/resources` and `/api/v1/subscriptions`."""

from uuid import UUID

from tenantry.estate.permissions import MANAGE
from tenantry.governance.resources import queries
from tenantry.governance.resources.catalogue import RESOURCES
from tenantry.governance.resources.changes.queries import changes_of
from tenantry.governance.resources.changes.schemas import ResourceChangeOut, ResourceChangePageOut
from tenantry.governance.resources.details import Detail, resource_detail
from tenantry.governance.resources.filters import Containers, Resources
from tenantry.governance.resources.models import Resource, Subscription
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.schemas import (
    ResourceDetailOut,
    ResourceOut,
    ResourcePageOut,
    RoleOut,
    SeenOut,
    SubscriptionOut,
    SubscriptionPageOut,
    TagFaultOut,
)
from tenantry.governance.resources.service import release
from tenantry.governance.resources.unused.schemas import UnusedOut
from tenantry.kit.errors import BadRequest, Conflict, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.observe.models import LostSubscription
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1", "resources")


@api.get("/resources", needs=READ, response_model=ResourcePageOut, errors=[BadRequest])
def list_resources(work: Work, wanted: Resources, page: PageQueryParameter) -> ResourcePageOut:
    """Resources by name, as of the last complete collection of each Microsoft tenant. `q` looks for words or an id."""
    found = queries.resources(work, wanted, page)
    names = queries.names_of(work, found.items)
    items = [_resource(row, names.lost(row)) for row in found.items]
    return ResourcePageOut(items=items, next_cursor=found.next_cursor, total=found.total, total_is_more=found.is_more)


@api.get("/resources/{resource_id}", needs=READ, response_model=ResourceDetailOut, errors=[NotFound])
def get_resource(work: Work, resource_id: UUID) -> ResourceDetailOut:
    """One resource, with Microsoft's document, the roles held on it and its history."""
    return _detail(resource_detail(work, resource_id))


@api.get(
    "/resources/{resource_id}/changes",
    needs=READ,
    response_model=ResourceChangePageOut,
    errors=[NotFound, BadRequest],
)
def list_changes_of_resource(work: Work, resource_id: UUID, page: PageQueryParameter) -> ResourceChangePageOut:
    """What was done to one resource, by whom, from what to what: the newest first."""
    found = changes_of(work, work.one(Resource, resource_id), page)
    items = [ResourceChangeOut.model_validate(row) for row in found.items]
    return ResourceChangePageOut(items=items, next_cursor=found.next_cursor)


@api.get("/subscriptions", needs=READ, response_model=SubscriptionPageOut, errors=[BadRequest])
def list_subscriptions(work: Work, wanted: Containers, page: PageQueryParameter) -> SubscriptionPageOut:
    """Subscriptions by name."""
    found = queries.subscriptions(work, wanted, page)
    names = queries.names_of(work, found.items)
    items = [_subscription(row, names.lost(row)) for row in found.items]
    return SubscriptionPageOut(
        items=items, next_cursor=found.next_cursor, total=found.total, total_is_more=found.is_more
    )


@api.post("/subscriptions/{subscription_id}/release", needs=MANAGE, status_code=204, errors=[NotFound, Conflict])
def release_subscription(work: Work, subscription_id: UUID) -> None:
    """Lets a subscription go that is out of sight for good: what is known of it is closed, its history stays."""
    release(work, subscription_id)


def _resource(row: Resource, lost: LostSubscription | None) -> ResourceOut:
    return ResourceOut.model_validate(row).model_copy(update={"access_lost_at": lost and lost.lost_at})


def _subscription(row: Subscription, lost: LostSubscription | None) -> SubscriptionOut:
    since = {"access_lost_at": lost.lost_at, "last_seen_at": lost.seen_at} if lost else {}
    return SubscriptionOut.model_validate(row).model_copy(update=since)


def _detail(found: Detail) -> ResourceDetailOut:
    state = found.states.get(RESOURCES.name)
    return ResourceDetailOut(
        resource=_resource(found.row, found.lost),
        microsoft_tenant=found.tenant.name,
        subscription=_subscription(found.subscription, found.lost) if found.subscription else None,
        collected_at=found.lost.seen_at if found.lost else state.complete_at if state else None,
        document=found.document,
        roles=[RoleOut.model_validate(role) for role in found.roles],
        history=[SeenOut.model_validate(seen) for seen in found.history],
        unused=[UnusedOut.model_validate(row) for row in found.spans],
        tag_faults=[TagFaultOut.model_validate(row) for row in found.tag_faults],
    )
