"""The filters of every door: pages, exports and API read the same options."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator

from tenantry.governance.resources.orphans import OF_RESOURCES
from tenantry.governance.resources.queries import ANY_REASON, ContainerFilter, ResourceFilter
from tenantry.governance.resources.views.models import Place
from tenantry.governance.resources.views.places import known_place
from tenantry.kit.filtering import NO_NUL

Key = Annotated[UUID | None, BeforeValidator(lambda value: value or None), Query(description="Ours, not Microsoft's.")]
"""A form sends an empty text for "all"."""
Text = Annotated[str, Query(max_length=300, pattern=NO_NUL)]
LongText = Annotated[str, Query(max_length=800, pattern=NO_NUL)]
_REASONS = "|".join(["", ANY_REASON, *sorted(OF_RESOURCES)])
Orphan = Annotated[str, Query(pattern=f"^({_REASONS})$", description="A reason, or `any`.")]
Flag = Annotated[str, Query(pattern="^(|1|true|false)$")]


known_place(
    Place.RESOURCES,
    "/resources",
    {"tenant", "subscription", "group", "type", "location", "tag", "orphan", "q", "sort", "down"},
)


def given(value: str) -> str | None:
    """What was asked for; None for a field that was left empty."""
    return value.strip() or None


def resource_filter(
    tenant: Key = None,
    subscription: Text = "",
    group: LongText = "",
    type: Text = "",  # noqa: A002 - the option's name
    location: Text = "",
    tag: LongText = "",
    orphan: Orphan = "",
    q: Text = "",
) -> ResourceFilter:
    """`q` is words, or an id, to look for; `tag` is `name` or `name=value`."""
    return ResourceFilter(tenant, *map(given, (subscription, group, type, location, tag, orphan, q)))


def container_filter(
    tenant: Key = None, subscription: Text = "", state: Text = "", empty: Flag = "", q: Text = ""
) -> ContainerFilter:
    """`q` is the beginning of a name."""
    return ContainerFilter(tenant, given(subscription), given(state), empty in ("1", "true"), given(q))


Resources = Annotated[ResourceFilter, Depends(resource_filter)]
Containers = Annotated[ContainerFilter, Depends(container_filter)]
