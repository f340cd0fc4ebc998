"""The filters of every door: page, export and API read the same options."""

from typing import Annotated, Final

from fastapi import Depends, Query

from tenantry.governance.identity.filters import Flag, Flags, Key, Text, choice
from tenantry.governance.identity.grants.queries import SORTS, GrantFilter
from tenantry.governance.identity.privileges.models import Holder, Holding, System
from tenantry.governance.identity.strength import Strength

MFA: Final = ("true", "false", "unknown", *Strength)


def grant_filter(
    tenant: Key = None,
    q: Text = "",
    system: Annotated[str, Query(pattern=choice(System))] = "",
    holder: Annotated[str, Query(pattern=choice(Holder))] = "",
    holding: Annotated[str, Query(pattern=choice(Holding))] = "",
    through: Annotated[Flag, Query(description="Whether it is held through a group.")] = "",
    role: Text = "",
    mfa: Annotated[str, Query(pattern=choice(MFA), description="A strength; `true` for any, `false` for none.")] = "",
    guest: Flag = "",
    permanent: Flag = "",
) -> GrantFilter:
    return GrantFilter(
        tenant,
        q.strip() or None,
        System(system) if system else None,
        Holder(holder) if holder else None,
        Holding(holding) if holding else None,
        Flags[through],
        role.strip() or None,
        mfa or None,
        Flags[guest],
        Flags[permanent],
    )


def grant_sort(sort: str = "name", down: str = "") -> tuple[str, bool]:
    """A column that is none is the name: an old address still opens."""
    return (sort if sort in SORTS else "name", down == "1")


GrantsWanted = Annotated[GrantFilter, Depends(grant_filter)]
GrantSort = Annotated[tuple[str, bool], Depends(grant_sort)]
