"""What is asked of tags, and whether a resource has them. Pure: no clock, no database.

To Azure the names of tags are the same in any casing, and their values are not; a rule may say otherwise of values.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tenantry.governance.resources.tagging.models import Fault

_CLEAN: Final = r"^[^\x00-\x1f\x7f]*$"
TagName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128, pattern=_CLEAN)]
TagValue = Annotated[str, StringConstraints(max_length=256, pattern=_CLEAN)]
TypeName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=200, pattern=r"^[A-Za-z0-9.]+(/[A-Za-z0-9.\-_]+)*(/\*)?$"
    ),
]
MOST_RULES: Final = 30
UNTAGGABLE: Final = (
    *("microsoft.advisor/*", "microsoft.authorization/*", "microsoft.policyinsights/*", "microsoft.resourcehealth/*"),
    *("microsoft.security/*", "microsoft.classiccompute/*", "microsoft.classicnetwork/*", "microsoft.classicstorage/*"),
    *("microsoft.network/networkwatchers/connectionmonitors", "microsoft.insights/diagnosticsettings"),
    *("microsoft.operationsmanagement/managementassociations", "microsoft.marketplace/*"),
)
"""Types that Azure lets nobody tag; a name that ends in `/*` stands for all below it."""


class TagRule(BaseModel):
    """A tag that has to be there. Without `values` and `pattern` any value will do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: TagName = Field(description="Its casing does not matter, as in Azure.")
    values: Annotated[tuple[TagValue, ...], Field(max_length=200)] = Field(
        default=(), description="The values allowed."
    )
    pattern: TagValue | None = Field(
        default=None, description="Or what a value has to look like: * stands for anything, ? for one character."
    )
    is_case_sensitive: bool = Field(
        default=True, description="Whether the casing of values matters, as it does in Azure."
    )

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> "TagRule":
        if self.values and self.pattern is not None:
            raise ValueError("give the values that are allowed, or a pattern, but not both")
        return self

    def allows(self, value: str) -> bool:
        """An empty value is no value, whatever is allowed: Azure keeps such tags."""
        if not value.strip():
            return False
        if self.pattern is not None:
            return _pattern(self.pattern, self.is_case_sensitive).fullmatch(value) is not None
        if not self.values:
            return True
        if self.is_case_sensitive:
            return value in self.values
        return value.casefold() in {allowed.casefold() for allowed in self.values}


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with one tag of one resource."""

    tag: str
    fault: Fault
    value: str | None = None
    is_inherited: bool = False


def faults(tags: Mapping[str, str], group: Mapping[str, str], rules: Sequence[TagRule]) -> Iterator[Found]:
    """What a resource with these tags does not fulfil. `group` are the tags that it has from its resource group.

    Its own tag comes first: one that is wrong is not put right by the group's.
    """
    own, above = _by_key(tags), _by_key(group)
    for rule in rules:
        key = rule.tag.lower()
        value, is_inherited = (own[key], False) if key in own else (above.get(key), True)
        if value is None:
            yield Found(rule.tag, Fault.MISSING)
        elif not rule.allows(value):
            yield Found(rule.tag, Fault.NOT_ALLOWED, value, is_inherited)


def is_left_out(resource_type: str, excluded: Iterable[str]) -> bool:
    """Whether resources of a type cannot have tags, or need none."""
    return any(
        resource_type == name or (name.endswith("/*") and resource_type.startswith(name[:-1]))
        for name in (*UNTAGGABLE, *excluded)
    )


def _by_key(tags: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in tags.items()}


@lru_cache(maxsize=500)
def _pattern(text: str, is_case_sensitive: bool) -> re.Pattern[str]:
    """Wildcards alone: no text that people write can make the search take for ever."""
    literal = text.replace("[", "[[]")  # brackets mean themselves
    collapsed = re.sub(r"\*+", "*", literal)
    return re.compile(fnmatch.translate(collapsed), 0 if is_case_sensitive else re.IGNORECASE)
