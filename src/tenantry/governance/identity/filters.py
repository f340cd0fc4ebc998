"""The filters of every door: pages, exports and API read the same options."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator

from tenantry.governance.identity.queries import SORTS, STALE_AFTER, UNKNOWN, People, PeopleFilter
from tenantry.governance.identity.strength import Strength
from tenantry.kit.filtering import NO_NUL

Key = Annotated[UUID | None, BeforeValidator(lambda value: value or None)]
"""A form sends an empty text for "all"."""
Text = Annotated[str, Query(max_length=200, pattern=NO_NUL, description="The beginning of a name.")]
Flag = Annotated[str, Query(pattern="^(|true|false)$")]
Flags: Final = {"": None, "true": True, "false": False}
MOST_DAYS: Final = 3650


def choice(values: Iterable[str]) -> str:
    """The pattern of one of these, or of none."""
    return f"^({'|'.join(['', *values])})$"


Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="Days without a sign-in from which on one is stale.")]


def people_filter(
    tenant: Key = None,
    q: Text = "",
    enabled: Flag = "",
    mfa: Annotated[str, Query(pattern="^(|true|false|unknown)$")] = "",
    type: Annotated[str, Query(pattern="^(|member|guest)$")] = "",  # noqa: A002 - the name in the address
    licensed: Flag = "",
    strength: Annotated[str, Query(pattern=choice([*Strength, UNKNOWN]), description="Of the strongest method.")] = "",
    invitation: Annotated[str, Query(pattern="^(|pending|accepted)$", description="Of guests.")] = "",
    sponsor: Annotated[Flag, Query(description="Whether a guest has a sponsor, where that is known.")] = "",
    privileged: Flag = "",
    days: Days = STALE_AFTER.days,
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
        strength or None,
        invitation or None,
        Flags[sponsor],
        Flags[privileged],
        timedelta(days=days),
    )


def people_sort(sort: str = "name", down: str = "") -> tuple[str, bool]:
    """A column that is none is the name: an old address still opens."""
    return (sort if sort in SORTS else "name", down == "1")


PeopleWanted = Annotated[PeopleFilter, Depends(people_filter)]
PeopleSort = Annotated[tuple[str, bool], Depends(people_sort)]
