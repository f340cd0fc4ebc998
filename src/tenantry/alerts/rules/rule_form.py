"""The form of a rule: added with it, changed with it, and tried with it before anything is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Form

from tenantry.alerts.rules.models import AlertRule
from tenantry.alerts.rules.schemas import RuleIn, RulePatch
from tenantry.platform.doors.forms import FormFaults, checked, words_of

Short = Annotated[str, Form(max_length=500)]
Long = Annotated[str, Form(max_length=4000)]
Many = Annotated[tuple[str, ...], Form(max_length=1000)]

SUBSCRIBED, NAMED, NOBODY = "subscribed", "named", "nobody"
_NUMBERS: Final = ("threshold", "margin", "min_previous", "readings", "escalate_after")
_FIELDS: Final = {"microsoft_tenant_ids": "tenants", "channel_ids": "channels", "escalate_to": "escalate_channels"}
_FRIENDLIER: Final = {
    "name": "Give it a name of 1 to 100 characters, without control characters.",
    "metric": "Choose what is watched.",
    "threshold": "Write a number, such as 20 or 0.5.",
    "margin": "Write a number that is not below zero.",
    "min_previous": "Write a number that is not below zero, or nothing.",
    "readings": "Write a whole number from 1 to 10.",
    "escalate_after": "Write whole minutes, from 5 to 10080, or nothing.",
    "tenants": "Choose Microsoft tenants of the list.",
    "channels": "Choose channels of the list.",
    "escalate_channels": "Choose channels of the list.",
}


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What was typed. `options` are `is_grouped` and `is_enabled`."""

    name: Short = ""
    metric: Short = ""
    comparison: Short = "above"
    threshold: Short = ""
    margin: Short = "0"
    floors: Long = ""
    min_previous: Short = ""
    readings: Short = "1"
    severity: Short = "warning"
    tenants: Many = ()
    tells: Short = SUBSCRIBED
    channels: Many = ()
    quiet_begin: Short = ""
    quiet_end: Short = ""
    time_zone: Short = ""
    quiet_days: Many = ()
    escalate_after: Short = ""
    escalate_channels: Many = ()
    options: Many = ()

    def to_add(self) -> RuleIn:
        """Raises FormFaults."""
        return checked(RuleIn, self._document(), _told)

    def to_change(self) -> RulePatch:
        """Raises FormFaults. What a rule is does not change."""
        document = self._document()
        return checked(RulePatch, {name: value for name, value in document.items() if name not in _FIXED}, _told)

    def values(self) -> dict[str, Any]:
        """What a refused form comes back with."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def _document(self) -> dict[str, Any]:
        typed = {name: getattr(self, name).strip().replace(",", ".") or None for name in _NUMBERS}
        return {
            **typed,
            "name": self.name,
            "metric": self.metric,
            "comparison": self.comparison,
            "margin": typed["margin"] or 0,
            "readings": typed["readings"] or 1,
            "floors": _floors(self.floors),
            "severity": self.severity,
            "microsoft_tenant_ids": list(self.tenants) or None,
            "channel_ids": {NAMED: list(self.channels), NOBODY: []}.get(self.tells),
            "quiet": self._quiet(),
            "escalate_to": list(self.escalate_channels) or None,
            "is_grouped": "is_grouped" in self.options,
            "is_enabled": "is_enabled" in self.options,
        }

    def _quiet(self) -> dict[str, Any] | None:
        if not (self.quiet_begin or self.quiet_end):
            return None
        hours = {"begin": self.quiet_begin, "end": self.quiet_end, "days": list(self.quiet_days)}
        return {**hours, "time_zone": self.time_zone.strip() or "UTC"}


GivenRule = Annotated[RuleForm, Depends()]
_FIXED: Final = ("metric", "comparison")


def values_of(row: AlertRule | None, metric: str = "") -> dict[str, Any]:
    """What the form starts with."""
    if row is None:
        return {**RuleForm(metric=metric, options=("is_grouped", "is_enabled")).values()}
    quiet = row.quiet or {}
    return {
        **{name: getattr(row, name) for name in ("name", "metric", "severity")},
        **{name: _plain(getattr(row, name)) for name in _NUMBERS},
        "comparison": row.comparison.value,
        "floors": "\n".join(f"{currency} {_plain(amount)}" for currency, amount in sorted(row.floors.items())),
        "tenants": row.microsoft_tenant_ids or (),
        "tells": SUBSCRIBED if row.channel_ids is None else NAMED if row.channel_ids else NOBODY,
        "channels": row.channel_ids or (),
        "quiet_begin": str(quiet.get("begin", ""))[:5],
        "quiet_end": str(quiet.get("end", ""))[:5],
        "time_zone": quiet.get("time_zone", ""),
        "quiet_days": quiet.get("days", ()),
        "escalate_channels": row.escalate_to or (),
        "options": [name for name in ("is_grouped", "is_enabled") if getattr(row, name)],
    }


def _floors(text: str) -> dict[str, str]:
    """One floor a line: a currency and an amount, or an amount alone for any. Raises FormFaults."""
    found: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        words = line.split()
        if len(words) not in (1, 2):
            raise FormFaults({"floors": "Write one floor a line, such as EUR 10; * stands for any other currency."})
        found[words[0].upper() if len(words) > 1 else "*"] = words[-1].replace(",", ".")
    return found


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:f}".rstrip("0").rstrip(".")


def _told(item: Mapping[str, Any]) -> tuple[str, str]:
    place = str(item["loc"][0]) if item["loc"] else "name"
    place = _FIELDS.get(place, place)
    if place == "floors":
        is_number = len(item["loc"]) > 1
        return place, "Write each amount as a number that is not below zero." if is_number else words_of(item)
    if place == "quiet":
        named = str(item["loc"][1]) if len(item["loc"]) > 1 else ""
        words = "Write both times, such as 22:00 and 07:00." if named in ("begin", "end") else words_of(item)
        return place, words
    return place, _FRIENDLIER.get(place, words_of(item))
