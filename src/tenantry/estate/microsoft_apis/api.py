"""`/health/detailed/microsoft`: each of Microsoft's services for each Microsoft tenant."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.microsoft_apis.models import MicrosoftApi
from tenantry.estate.microsoft_apis.queries import in_use, status_of
from tenantry.estate.microsoft_apis.schemas import MicrosoftApiOut, MicrosoftApiPageOut
from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.platform.doors import Api
from tenantry.platform.health.permissions import READ
from tenantry.platform.health.registry import Status
from tenantry.platform.work import Work

api = Api("/health/detailed", "health")


@api.get("/microsoft", needs=READ, response_model=MicrosoftApiPageOut)
def services(
    work: Work, page: PageQueryParameter, status: Status | None = None, microsoft_tenant_id: UUID | None = None
) -> MicrosoftApiPageOut:
    """The newest success, the newest failure and its kind, and until when a service wants to be left alone."""
    work.actor.require(READ)
    said = status_of(work.clock.now())
    query = in_use(select(MicrosoftApi, MicrosoftTenant.name, said.label("status")))
    if status is not None:
        query = query.where(said == status.value)
    if microsoft_tenant_id is not None:
        query = query.where(MicrosoftApi.microsoft_tenant_id == microsoft_tenant_id)
    if work.actor.scope is not None:
        query = query.where(MicrosoftApi.microsoft_tenant_id.in_(work.actor.scope))
    keys = [SortKey(MicrosoftTenant.name_key, never_null=True), SortKey(MicrosoftApi.id, never_null=True)]
    found = paginate(work.session, query, page, keys)
    return MicrosoftApiPageOut(items=[_shown(row) for row in found.items], next_cursor=found.next_cursor)


def _shown(row: Any) -> MicrosoftApiOut:
    api_row, name, status = row
    values = {key: getattr(api_row, key) for key in MicrosoftApiOut.model_fields if hasattr(api_row, key)}
    return MicrosoftApiOut(microsoft_tenant=name, status=status, **values)
