"""When quiet hours are over: by the clock on the wall, over midnight, at weekends, and when the clock is changed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tenantry.alerts.rules.quiet import QuietHours

NIGHT = {"begin": "22:00", "end": "07:00", "time_zone": "Europe/Berlin"}
LUNCH = {"begin": "12:00", "end": "13:00", "time_zone": "Asia/Kolkata"}
WEEKEND = {"begin": "00:00", "end": "00:00", "time_zone": "America/New_York", "days": ["saturday", "sunday"]}
FRIDAY_NIGHT = {**NIGHT, "days": ["friday"]}
SMALL_HOURS = {"begin": "01:30", "end": "02:30", "time_zone": "Europe/Berlin"}

CASES: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("before they begin", NIGHT, "2026-11-24T20:59", None),
    ("when they begin", NIGHT, "2026-11-24T21:00", "2026-11-25T06:00"),
    ("after midnight", NIGHT, "2026-11-25T05:59", "2026-11-25T06:00"),
    ("when they are over", NIGHT, "2026-11-25T06:00", None),
    ("in summer an hour earlier in UTC", NIGHT, "2026-07-01T20:00", "2026-07-02T05:00"),
    ("the night the clock goes forward is short", NIGHT, "2026-03-28T22:00", "2026-03-29T05:00"),
    ("the night the clock goes back is long", NIGHT, "2026-10-24T21:00", "2026-10-25T06:00"),
    ("half an hour off", LUNCH, "2026-11-24T06:30", "2026-11-24T07:30"),
    ("the same day only", LUNCH, "2026-11-24T07:30", None),
    ("a weekend is one", WEEKEND, "2026-11-28T12:00", "2026-11-30T05:00"),
    ("a weekday is none", WEEKEND, "2026-11-27T12:00", None),
    ("a night belongs to the day it begins on", FRIDAY_NIGHT, "2026-11-28T01:00", "2026-11-28T06:00"),
    ("the next night does not", FRIDAY_NIGHT, "2026-11-28T22:00", None),
    ("an hour that comes twice is quiet both times", SMALL_HOURS, "2026-10-25T01:15", "2026-10-25T01:30"),
    ("an hour that never comes ends when it would", SMALL_HOURS, "2026-03-29T00:45", "2026-03-29T01:30"),
]


@pytest.mark.parametrize(("quiet", "now", "over"), [case[1:] for case in CASES], ids=[one[0] for one in CASES])
def test_quiet_hours_are_over(quiet: dict[str, Any], now: str, over: str | None) -> None:
    found = QuietHours.model_validate(quiet).over_at(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(over).replace(tzinfo=UTC) if over else None)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({**NIGHT, "time_zone": "Mars/Olympus"}, "no time zone"),
    ({**NIGHT, "time_zone": "../../etc/passwd"}, "no time zone"),
    ({**NIGHT, "begin": "25:00"}, "begin"),
    ({**NIGHT, "begin": "22:00:30"}, "a time is like 22:00"),
    ({**NIGHT, "begin": "22:00+01:00"}, "a time is like 22:00"),
    ({**NIGHT, "end": "22:00"}, "nobody would ever be told"),
    ({**NIGHT, "days": ["someday"]}, "days"),
    ({"begin": "22:00", "end": "07:00"}, "time_zone"),
]


@pytest.mark.parametrize(("quiet", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_what_cannot_be_meant_is_refused(quiet: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        QuietHours.model_validate(quiet)
