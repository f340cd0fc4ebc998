"""A tagging policy as a form: a line per rule, so that one can be written, copied and compared as text."""

from typing import Annotated, Any, Final

from fastapi import Depends, Form

from tenantry.governance.resources.tagging.models import TaggingPolicy
from tenantry.governance.resources.tagging.rules import TagRule
from tenantry.governance.resources.tagging.schemas import TaggingPolicyIn
from tenantry.platform.doors.forms import checked, words_of

_ANY_CASE: Final = "~"
Text = Annotated[str, Form(max_length=40_000)]
Flag = Annotated[str, Form(max_length=5)]


class PolicyForm:
    """What was typed. A line is `tag`, `tag = a, b`, `tag = cost-*`; with `~` for `=` the casing does not matter."""

    def __init__(self, rules: Text = "", excluded: Text = "", inherits: Flag = "") -> None:
        self.rules, self.excluded, self.inherits = rules, excluded, inherits == "on"

    def policy(self) -> TaggingPolicyIn:
        """Raises FormFaults, which says in which line."""
        lines = [line.strip() for line in self.rules.splitlines() if line.strip()]
        types = [line.strip() for line in self.excluded.splitlines() if line.strip()]
        document = {"rules": [_rule(line) for line in lines], "inherits": self.inherits, "excluded_types": types}
        return checked(TaggingPolicyIn, document, lambda item: _told(item, lines, types))

    def values(self) -> dict[str, Any]:
        return {"rules": self.rules, "excluded": self.excluded, "inherits": self.inherits}


GivenPolicy = Annotated[PolicyForm, Depends()]


def values_of(row: TaggingPolicy | None) -> dict[str, Any]:
    """What the form starts with."""
    if row is None:
        return {"rules": "", "excluded": "", "inherits": False}
    lines = [line_of(TagRule.model_validate(rule)) for rule in row.rules]
    return {"rules": "\n".join(lines), "excluded": "\n".join(row.excluded_types), "inherits": row.inherits}


def line_of(rule: TagRule) -> str:
    """The rule as it is typed."""
    allowed = rule.pattern if rule.pattern is not None else ", ".join(rule.values)
    mark = "=" if rule.is_case_sensitive else _ANY_CASE
    return f"{rule.tag} {mark} {allowed}" if allowed else rule.tag


def _rule(line: str) -> dict[str, Any]:
    """The first `=` or `~` ends the name: no name of a tag in Azure needs them, and values may hold both."""
    at = min((place for mark in ("=", _ANY_CASE) if (place := line.find(mark)) >= 0), default=-1)
    if at < 0:
        return {"tag": line}
    values = [value.strip() for value in line[at + 1 :].split(",") if value.strip()]
    rule: dict[str, Any] = {"tag": line[:at], "is_case_sensitive": line[at] == "="}
    if len(values) == 1 and any(mark in values[0] for mark in "*?"):
        return rule | {"pattern": values[0]}
    return rule | {"values": values}


def _told(item: Any, lines: list[str], types: list[str]) -> tuple[str, str]:
    place = item["loc"]
    field = "excluded" if place and place[0] == "excluded_types" else "rules"
    given = types if field == "excluded" else lines
    line = place[1] if len(place) > 1 and isinstance(place[1], int) else None
    where = f"{given[line][:60]}: " if line is not None and line < len(given) else ""
    return field, f"{where}{words_of(item)}"
