"""Controls, found by the beginning of their number or by a part of their title."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from tenantry.platform.search import Found, finder
from tenantry.platform.search.registry import EACH
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, controls_of
from tenantry.posture.scans.permissions import READ

_SHORTEST: Final = 4
"""All titles begin with "Ensure", so any part of one is looked for; fewer letters would fit too many."""


@finder(READ)
def controls(_work: Work, start: str) -> Iterator[Found]:
    part = start.casefold()
    numbered = [(one.benchmarks[DEFAULT_BENCHMARK].number, one.title) for one in controls_of(DEFAULT_BENCHMARK)]
    fitting = (
        (number, title)
        for number, title in numbered
        if number.startswith(part) or (len(part) >= _SHORTEST and part in title.casefold())
    )
    for number, title in islice(fitting, EACH):
        yield Found(f"{number} {title}", f"/posture/matrix?q={number}", "Control")
