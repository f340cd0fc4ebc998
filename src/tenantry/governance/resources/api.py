"""`/api/v1/resources` and `/api/v1/subscriptions`."""

from uuid import UUID

from tenantry.governance.resources import queries
from tenantry.governance.resources.catalogue import RESOURCES
from tenantry.governance.resources.details import Detail, resource_detail
from tenantry.governance.resources.filters import Containers, Resources
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.schemas import (
    ResourceDetailOut,
    ResourceOut,
    ResourcePageOut,
    RoleOut,
    SeenOut,
    SubscriptionOut,
    SubscriptionPageOut,
)
from tenantry.kit.errors import BadRequest, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1", "resources")


@api.get("/resources", needs=READ, response_model=ResourcePageOut, errors=[BadRequest])
def list_resources(work: Work, wanted: Resources, page: PageQueryParameter) -> ResourcePageOut:
    """Resources by name, as of the last complete collection of each Microsoft tenant."""
    found = queries.resources(work, wanted, page)
    items = [ResourceOut.model_validate(row) for row in found.items]
    return ResourcePageOut(items=items, next_cursor=found.next_cursor, total=found.total, total_is_more=found.is_more)


@api.get("/resources/{resource_id}", needs=READ, response_model=ResourceDetailOut, errors=[NotFound])
def get_resource(work: Work, resource_id: UUID) -> ResourceDetailOut:
    """One resource, with Microsoft's document, the roles held on it and its history."""
    return _detail(resource_detail(work, resource_id))


@api.get("/subscriptions", needs=READ, response_model=SubscriptionPageOut, errors=[BadRequest])
def list_subscriptions(work: Work, wanted: Containers, page: PageQueryParameter) -> SubscriptionPageOut:
    """Subscriptions by name."""
    found = queries.subscriptions(work, wanted, page)
    items = [SubscriptionOut.model_validate(row) for row in found.items]
    return SubscriptionPageOut(
        items=items, next_cursor=found.next_cursor, total=found.total, total_is_more=found.is_more
    )


def _detail(found: Detail) -> ResourceDetailOut:
    state = found.states.get(RESOURCES.name)
    return ResourceDetailOut(
        resource=ResourceOut.model_validate(found.row),
        microsoft_tenant=found.tenant.name,
        subscription=SubscriptionOut.model_validate(found.subscription) if found.subscription else None,
        collected_at=state.complete_at if state else None,
        document=found.document,
        roles=[RoleOut.model_validate(role) for role in found.roles],
        history=[SeenOut.model_validate(seen) for seen in found.history],
    )
