"""Controls, found by the beginning of their number or by a word of their title."""

from collections.abc import Iterator
from itertools import islice

from tenantry.platform.search import Found, finder
from tenantry.platform.search.registry import EACH
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, controls_of
from tenantry.posture.presentation import fitting
from tenantry.posture.scans.permissions import READ


@finder(READ)
def controls(_work: Work, start: str) -> Iterator[Found]:
    for control in islice(fitting(controls_of(DEFAULT_BENCHMARK), start), EACH):
        number = control.benchmarks[DEFAULT_BENCHMARK].number
        yield Found(f"{number} {control.title}", f"/posture/matrix?q={number}", "Control")
