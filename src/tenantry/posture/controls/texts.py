"""Values that Microsoft writes as text inside of text: JSON definitions, ISO 8601 durations, moments."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tenantry.observe.datasets import Dataset
from tenantry.posture.evidence import Evidence
from tenantry.posture.facts import Facts
from tenantry.posture.verdicts import Unexpected

_DURATION: Final = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.\d+)?S)?)?"
)
_YEAR, _MONTH = 365, 30


def json_of(facts: Facts, text: str) -> Mapping[str, Any]:
    """An object written as JSON text. Raises Unexpected for anything else."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Unexpected(f"{facts.where}.definition", text) from error
    if not isinstance(found, dict):
        raise Unexpected(f"{facts.where}.definition", text)
    return found


def duration_of(facts: Facts, path: str) -> timedelta:
    """Of an ISO 8601 text such as P180D; a year is 365 days, a month 30. Raises Unexpected."""
    text = facts.text(path)
    found = _DURATION.fullmatch(text)
    if found is None or text in ("P", "PT"):
        raise Unexpected(f"{facts.where}.{path}", text)
    parts = {name: int(value or 0) for name, value in found.groupdict().items()}
    days = parts.pop("years") * _YEAR + parts.pop("months") * _MONTH + parts.pop("days")
    return timedelta(days=days, **parts)


def moment_in(facts: Facts, path: str) -> datetime | None:
    """A timestamp; None where there is none, and for Microsoft's "since ever" of year 1. Raises Unexpected."""
    if facts.get(path) is None:
        return None
    text = facts.text(path)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unexpected(f"{facts.where}.{path}", text) from error
    if moment.year == 1:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def lies_ahead(evidence: Evidence, dataset: Dataset, facts: Facts, path: str) -> bool:
    """Whether a date of an object is later than the collection of its dataset; no date never is.

    Judges have no clock, so that stored evidence is judged alike at any time. Raises Unexpected for a text that is no
    date, and when nobody noted the time of the collection.
    """
    moment = moment_in(facts, path)
    if moment is None:
        return False
    collected = evidence.collected(dataset).collected_at
    if collected is None:
        raise Unexpected(f"{dataset.name}: the time of its collection", None)
    return moment > datetime.fromisoformat(collected)
