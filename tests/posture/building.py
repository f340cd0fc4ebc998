"""Cases that many controls have in common, so that each table shows what is particular about its control."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.posture.judging import EVERYTHING, Case, Items

from tenantry.observe.datasets import Dataset
from tenantry.posture.licences import PLANS, Feature
from tenantry.posture.verdicts import Cause, Status


def uncollected(*keys: str) -> Iterator[Case]:
    for key in keys:
        yield Case(key, "nothing was collected", Status.ERROR, {}, "nothing was collected", cause=Cause.NOT_COLLECTED)


def unlicensed(feature: Feature, *keys: str) -> Iterator[Case]:
    for key in keys:
        absent = frozenset(one for one in EVERYTHING if not PLANS[one] & PLANS[feature])
        yield Case(key, "it is not licensed", Status.NOT_APPLICABLE, {}, feature.value, features=absent)


def flags(key: str, dataset: Dataset, good: Mapping[str, Any], rest: Mapping[str, Any] | None = None) -> Iterator[Case]:
    """`good` are the flags that decide: each of them alone makes the control fail, or an error when it is absent."""
    whole = {"id": "one", "Name": "one", **(rest or {}), **good}
    yield Case(key, "all is set as it should be", Status.PASS, {dataset: [whole]})
    for path, value in good.items():
        yield Case(key, f"{path} is not", Status.FAIL, {dataset: [{**whole, path: not value}]})
        lacking = {dataset: [{name: kept for name, kept in whole.items() if name != path}]}
        yield Case(key, f"{path} is absent", Status.ERROR, lacking, path, cause=Cause.API_CHANGED)
        null = {dataset: [{**whole, path: None}]}
        yield Case(key, f"{path} is null", Status.ERROR, null, path, cause=Cause.API_CHANGED)
    yield from uncollected(key)


def passes(key: str, because: str, items: Items, says: str = "", **more: Any) -> Case:
    return Case(key, because, Status.PASS, items, says, **more)


def fails(key: str, because: str, items: Items, says: str = "", **more: Any) -> Case:
    return Case(key, because, Status.FAIL, items, says, **more)


def strange(key: str, because: str, items: Items, says: str = "", **more: Any) -> Case:
    """Microsoft answered in a form the control does not know."""
    return Case(key, because, Status.ERROR, items, says, cause=Cause.API_CHANGED, **more)
