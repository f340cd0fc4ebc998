"""`/api/v1/resources/changes`: who changed what."""

from tenantry.governance.resources.changes import queries
from tenantry.governance.resources.changes.filters import Changes
from tenantry.governance.resources.changes.schemas import ResourceChangeOut, ResourceChangePageOut
from tenantry.governance.resources.permissions import READ
from tenantry.kit.errors import BadRequest, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/resources/changes", "resources")


@api.get("", needs=READ, response_model=ResourceChangePageOut, errors=[BadRequest, NotFound])
def list_changes(work: Work, wanted: Changes, page: PageQueryParameter) -> ResourceChangePageOut:
    """Changes of resources, the newest first."""
    found = queries.changes(work, wanted, page)
    items = [ResourceChangeOut.model_validate(row) for row in found.items]
    return ResourceChangePageOut(
        items=items, next_cursor=found.next_cursor, total=found.total, total_is_more=found.is_more
    )
