"""Which changes a request asks for: page, export and API read the same options."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import Depends, Query
from pydantic import BeforeValidator

from tenantry.governance.resources.changes.queries import ChangeFilter
from tenantry.governance.resources.filters import Key, LongText, Text, given
from tenantry.governance.resources.views.models import Place
from tenantry.governance.resources.views.places import known_place
from tenantry.kit.errors import BadRequest

KINDS: Final = ("create", "update", "delete")
Kind = Annotated[str, Query(pattern=f"^({'|'.join(['', *KINDS])})$", description="create, update or delete.")]
Day = Annotated[date | None, BeforeValidator(lambda value: value or None), Query(description="A day in UTC.")]
known_place(
    Place.CHANGES, "/resources/changes", {"tenant", "subscription", "group", "type", "kind", "by", "q", "from", "to"}
)
_LAST: Final = date(9000, 1, 1)


def change_filter(
    tenant: Key = None,
    subscription: Text = "",
    group: LongText = "",
    type: Text = "",  # noqa: A002 - the option's name
    kind: Kind = "",
    by: Text = "",
    q: Text = "",
    first: Annotated[Day, Query(alias="from")] = None,
    last: Annotated[Day, Query(alias="to")] = None,
) -> ChangeFilter:
    """`by` is who made the change, `q` the beginning of a resource's name; `to` is included.

    Raises BadRequest for days that are in no order.
    """
    if first and last and last < first:
        raise BadRequest(why="the last day is before the first one")
    return ChangeFilter(
        microsoft_tenant_id=tenant,
        subscription=given(subscription),
        group=given(group),
        type=given(type),
        kind=given(kind),
        by=given(by),
        text=given(q),
        since=_start(first),
        until=_start(last and min(last, _LAST) + timedelta(days=1)),
    )


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


Changes = Annotated[ChangeFilter, Depends(change_filter)]
