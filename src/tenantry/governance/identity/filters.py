"""The filters of every door: pages and exports read the same options."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator

from tenantry.governance.identity.queries import SORTS, People, PeopleFilter
from tenantry.kit.filtering import NO_NUL

Key = Annotated[UUID | None, BeforeValidator(lambda value: value or None)]
"""A form sends an empty text for "all"."""
Text = Annotated[str, Query(max_length=200, pattern=NO_NUL, description="The beginning of a name.")]
Flag = Annotated[str, Query(pattern="^(|true|false)$")]
Flags: Final = {"": None, "true": True, "false": False}


def people_filter(
    tenant: Key = None,
    q: Text = "",
    enabled: Flag = "",
    mfa: Annotated[str, Query(pattern="^(|true|false|unknown)$")] = "",
    type: Annotated[str, Query(pattern="^(|member|guest)$")] = "",  # noqa: A002 - the name in the address
    licensed: Flag = "",
) -> PeopleFilter:
    """Of a view that is filled in by its page."""
    return PeopleFilter(
        People.USERS,
        tenant,
        q.strip() or None,
        Flags[enabled],
        Flags.get(mfa),
        mfa == "unknown",
        type or None,
        Flags[licensed],
    )


def people_sort(sort: str = "name", down: str = "") -> tuple[str, bool]:
    """A column that is none is the name: an old address still opens."""
    return (sort if sort in SORTS else "name", down == "1")


PeopleWanted = Annotated[PeopleFilter, Depends(people_filter)]
PeopleSort = Annotated[tuple[str, bool], Depends(people_sort)]
