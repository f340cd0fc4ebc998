"""What can be chosen: types, locations, tags. A walk along an index from value to value, not over the rows."""

from typing import Any, Final

from sqlalchemy import func, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.resources.models import Resource, ResourceTag
from tenantry.governance.resources.queries import visible
from tenantry.platform.work import Work

_MOST: Final = 300


def resource_types(work: Work) -> list[str]:
    return _distinct(work, Resource.resource_type)


def locations(work: Work) -> list[str]:
    return _distinct(work, Resource.location)


def tag_names(work: Work) -> list[str]:
    return _distinct(work, ResourceTag.tag_key)


def microsoft_tenants(work: Work) -> list[tuple[Any, str]]:
    """The first by name: a list of thousands is nothing to choose from, and links lead to each of them."""
    query = select(MicrosoftTenant.id, MicrosoftTenant.name).where(*visible(work.actor, MicrosoftTenant))
    rows = work.session.execute(query.order_by(MicrosoftTenant.name_key, MicrosoftTenant.id).limit(_MOST))
    return [(row.id, row.name) for row in rows]


def _distinct(work: Work, column: Any) -> list[str]:
    """A skip scan: with a hundred kinds among a million resources, a hundred probes of the index."""
    model = column.class_
    inside = [model.tenant_id == work.session.tenant_id]
    if work.actor.scope is not None:
        inside.append(model.microsoft_tenant_id.in_(work.actor.scope))
    walk = select(func.min(column).label("value")).where(*inside).cte("walk", recursive=True)
    following = select(func.min(column)).where(*inside, column > walk.c.value).correlate(walk).scalar_subquery()
    walk = walk.union_all(select(following).where(walk.c.value.is_not(None)))
    values = work.session.execute(select(walk.c.value).where(walk.c.value.is_not(None)).limit(_MOST)).scalars()
    return [value for value in values if value]
