"""Which findings a request asks for: page, export and API read the same options."""

from typing import Annotated

from fastapi import Depends, Query

from tenantry.governance.resources.filters import Key, Text, given
from tenantry.governance.resources.tagging.models import Fault
from tenantry.governance.resources.tagging.queries import TagFilter
from tenantry.governance.resources.views.models import Place
from tenantry.governance.resources.views.places import known_place

FaultName = Annotated[str, Query(pattern=f"^({'|'.join(['', *Fault])})$", description="missing or not_allowed.")]
known_place(Place.TAGGING, "/resources/tagging", {"tenant", "subscription", "type", "tag", "fault", "q", "by"})


def tag_filter(
    tenant: Key = None,
    subscription: Text = "",
    type: Text = "",  # noqa: A002 - the option's name
    tag: Text = "",
    fault: FaultName = "",
    q: Text = "",
) -> TagFilter:
    """`q` is the beginning of a resource's name."""
    return TagFilter(
        microsoft_tenant_id=tenant,
        subscription=given(subscription),
        type=given(type),
        tag=given(tag),
        fault=Fault(fault) if fault else None,
        text=given(q),
    )


Findings = Annotated[TagFilter, Depends(tag_filter)]
