"""Which entries of the ledger a request asks for: pages, exports and API read the same options."""

from typing import Annotated, Final

from fastapi import Depends, Query

from tenantry.governance.resources.filters import Flag, Key, LongText, Text, given
from tenantry.governance.resources.orphans import ALL_REASONS
from tenantry.governance.resources.unused.queries import SORTS, UnusedFilter
from tenantry.governance.resources.views.models import Place
from tenantry.governance.resources.views.places import known_place

Reason = Annotated[str, Query(pattern=f"^({'|'.join(['', *ALL_REASONS])})$", description="Why it is unused.")]
Days = Annotated[int, Query(ge=0, le=3660, description="Unused for so many days at least.")]
known_place(
    Place.ORPHANS,
    "/resources/orphans",
    {"tenant", "subscription", "group", "type", "reason", "q", "min_days", "idle", "ended", "sort", "down"},
)
_YES: Final = ("1", "true")


def unused_filter(
    tenant: Key = None,
    subscription: Text = "",
    group: LongText = "",
    type: Text = "",  # noqa: A002 - the option's name
    reason: Reason = "",
    q: Text = "",
    min_days: Days = 0,
    idle: Flag = "",
    ended: Flag = "",
) -> UnusedFilter:
    """`q` is the beginning of a name; `idle` asks for what does nothing, `ended` for what is no more so."""
    return UnusedFilter(
        microsoft_tenant_id=tenant,
        subscription=given(subscription),
        group=given(group),
        type=given(type),
        reason=given(reason),
        text=given(q),
        min_days=min_days,
        is_idle=idle in _YES,
        has_ended=ended in _YES,
    )


Unused = Annotated[UnusedFilter, Depends(unused_filter)]
Sort = Annotated[str, Query(pattern=f"^({'|'.join(SORTS)})$")]
