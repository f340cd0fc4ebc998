"""Numbers and conditions of alerts in words, the same on pages and in messages."""

from typing import Final

from tenantry.alerts.models import AlertState, EventKind
from tenantry.alerts.rules.models import AlertRule
from tenantry.alerts.rules.schemas import RuleIn
from tenantry.estate.metering import MONEY, Metric, metric_named
from tenantry.web.rendering import number

_SPACE: Final = "\u202f"
_WHOLE: Final = 1000
"""From here on decimals say nothing more."""
TRANSITIONS: Final = {
    EventKind.OPENED: "opened",
    EventKind.ACKNOWLEDGED: "acknowledged",
    EventKind.SNOOZED: "snoozed",
    EventKind.SNOOZE_ENDED: "no longer snoozed",
    EventKind.ESCALATED: "escalated: nobody has acknowledged it",
    EventKind.RESOLVED: "resolved",
}
STATES: Final = {state: f"alert_{state.value}" for state in AlertState}
"""The words of web/states.py."""


def amount(value: float | None, unit: str) -> str:
    """1 234.5 hours; a dash for what is not known."""
    if value is None:
        return number(None)
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < _WHOLE else f"{value:,.0f}"
    return f"{text.replace(',', _SPACE)}{_SPACE}{unit}".strip()


def value_words(metric: str, value: float | None, currency: str = "") -> str:
    return amount(value, unit_words(metric_named(metric), currency))


def unit_words(metric: Metric | None, currency: str = "") -> str:
    if metric is None:
        return ""
    return (currency or "in the bill's currency") if metric.unit == MONEY else metric.unit


def condition_words(rule: AlertRule | RuleIn) -> str:
    """Above 20 %, from a floor on, 3 times in a row."""
    unit = unit_words(metric_named(rule.metric))
    words = f"{rule.comparison.value} {amount(rule.threshold, unit)}"
    if rule.floors:
        words += ", from a floor on"
    return words + (f", {rule.readings} times in a row" if rule.readings > 1 else "")


def metric_label(name: str) -> str:
    """A metric that this version does not know shows as itself."""
    metric = metric_named(name)
    return metric.label if metric else name
