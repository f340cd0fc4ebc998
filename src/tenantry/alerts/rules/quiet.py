"""Quiet hours: when they are, by the clock on a wall, also over midnight and when that clock is changed. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Day(StrEnum):
    """The day on which quiet hours begin."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_WEEK: Final = list(Day)
_ADJOINING: Final = 8
"""Quiet hours that begin where others end are one; a whole week of them is refused."""


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"there is no time zone {name[:64]}; one is called like Europe/Berlin")
    return name


def _whole_minute(moment: time) -> time:
    if moment.tzinfo is not None or moment.second or moment.microsecond:
        raise ValueError("a time is like 22:00, of the clock in the time zone named beside it")
    return moment


Minute = Annotated[time, AfterValidator(_whole_minute)]


class QuietHours(BaseModel):
    """From a time to a time; without days on every day. Equal times are a whole day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: Minute
    end: Minute
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
    days: Annotated[list[Day], Field(max_length=7)] = []

    @model_validator(mode="after")
    def _leaves_some_time(self) -> Self:
        if self.begin == self.end and len(set(self.days)) in (0, len(_WEEK)):
            raise ValueError("quiet hours all day on every day: nobody would ever be told anything")
        return self

    def over_at(self, now: datetime) -> datetime | None:
        """When the quiet hours that `now` lies in are over; None when it lies in none."""
        end = self._end_around(now)
        for _ in range(_ADJOINING):
            if end is None or (later := self._end_around(end)) is None:
                return end
            end = later
        return end

    def _end_around(self, now: datetime) -> datetime | None:
        today = now.astimezone(ZoneInfo(self.time_zone)).date()
        spans = (self._span(today + timedelta(days=offset)) for offset in (-1, 0))
        return next((end for span in spans if span and span[0] <= now < (end := span[1])), None)

    def _span(self, day: date) -> tuple[datetime, datetime] | None:
        """An hour that comes twice is quiet both times, and one that never comes does not make the night shorter."""
        if self.days and _WEEK[day.weekday()] not in self.days:
            return None
        last = day if self.end > self.begin else day + timedelta(days=1)
        return min(self._moments(day, self.begin)), max(self._moments(last, self.end))

    def _moments(self, day: date, on_the_wall: time) -> list[datetime]:
        """Both that a time may mean on a day when the clock is changed; on others they are the same."""
        zone = ZoneInfo(self.time_zone)
        return [datetime.combine(day, on_the_wall.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
