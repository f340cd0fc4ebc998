"""What resources cost, as far as it is known. The ledger of costs registers itself here: it stands above this slice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tenantry.platform.work import Work


@dataclass(frozen=True, slots=True)
class Spent:
    """Millionths per currency on the days from `first` to `last`, both included, which are all known."""

    amounts: Mapping[str, int]
    first: date
    last: date


CostSource = Callable[[Work, UUID, Mapping[str, date], date], Mapping[str, Spent]]
"""`(work, microsoft_tenant_id, since, until)`: what each resource cost from its own day in `since` up to `until`.

Keys are Azure ids in lower case. What is not known is left out; a resource that is known to have cost nothing has a
`Spent` without amounts. `first` and `last` say which of the days asked for are known.
"""

_sources: Final[list[CostSource]] = []


def cost_source(source: CostSource) -> CostSource:
    """Registers where costs of resources come from."""
    _sources.append(source)
    return source


def spent(work: Work, microsoft_tenant_id: UUID, since: Mapping[str, date], until: date) -> dict[str, Spent]:
    """What is known of the costs of these resources; the first source that knows of one is believed."""
    found: dict[str, Spent] = {}
    for source in _sources:
        rest = {key: day for key, day in since.items() if key not in found}
        if rest:
            found.update(source(work, microsoft_tenant_id, rest, until))
    return found
