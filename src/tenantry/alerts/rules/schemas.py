"""Rules as they come in and go out."""

import re
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from tenantry.alerts.rules.models import Comparison, Severity
from tenantry.alerts.rules.quiet import QuietHours

_NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f]*$"
_CURRENCY: Final = re.compile(r"[A-Z]{3}|\*")
_LARGEST: Final = 1e12


def _known_currencies(floors: dict[str, float]) -> dict[str, float]:
    if wrong := [name for name in floors if not _CURRENCY.fullmatch(name)]:
        raise ValueError(f"{wrong[0][:20]} is no currency; write EUR, or * for any other and for what is no money")
    return floors


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_NO_CONTROLS)]
Amount = Annotated[float, Field(allow_inf_nan=False, ge=-_LARGEST, le=_LARGEST)]
Size = Annotated[float, Field(allow_inf_nan=False, ge=0, le=_LARGEST)]
Floors = Annotated[dict[str, Size], Field(max_length=50), AfterValidator(_known_currencies)]
Among = Annotated[list[UUID] | None, Field(min_length=1, max_length=1000)]
ChannelIds = Annotated[list[UUID] | None, Field(max_length=50)]
Minutes = Annotated[int | None, Field(ge=5, le=10_080)]


class RuleIn(BaseModel):
    """A rule: which readings of a metric are an alert, for whom, and who is told when."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    metric: Annotated[str, Field(max_length=64)]
    comparison: Comparison = Comparison.ABOVE
    threshold: Amount
    margin: Size = 0
    """How far back beyond the threshold a reading has to be until the alert is resolved."""
    floors: Floors = {}
    """What is smaller than this is no alert, by currency; `*` is any other, and what is no money."""
    min_previous: Size | None = None
    readings: Annotated[int, Field(ge=1, le=10)] = 1
    """How many readings in a row have to hold."""
    severity: Severity = Severity.WARNING
    microsoft_tenant_ids: Among = None
    """Null for all, those added later too."""
    channel_ids: ChannelIds = None
    """Null for every channel subscribed to alerts, an empty list for nobody."""
    is_grouped: bool = True
    quiet: QuietHours | None = None
    escalate_after: Minutes = None
    """Minutes without anybody's acknowledgement."""
    escalate_to: ChannelIds = None
    """Null for every channel subscribed to escalations."""
    is_enabled: bool = True


class RulePatch(BaseModel):
    """What changes; what is left out stays. Metric and comparison stay in any case: they are what the rule is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    threshold: Amount | None = None
    margin: Size | None = None
    floors: Floors | None = None
    min_previous: Size | None = None
    readings: Annotated[int | None, Field(ge=1, le=10)] = None
    severity: Severity | None = None
    microsoft_tenant_ids: Among = None
    channel_ids: ChannelIds = None
    is_grouped: bool | None = None
    quiet: QuietHours | None = None
    escalate_after: Minutes = None
    escalate_to: ChannelIds = None
    is_enabled: bool | None = None

    def changes(self) -> dict[str, Any]:
        """What was given. Null means something only where a rule may be without; elsewhere nothing changes."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in given.items() if value is not None or name in _MAY_BE_NULL}


_MAY_BE_NULL: Final = frozenset(
    {"min_previous", "microsoft_tenant_ids", "channel_ids", "quiet", "escalate_after", "escalate_to"}
)


class RuleOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    built_in: str | None
    metric: str
    comparison: Comparison
    threshold: float
    margin: float
    floors: dict[str, float]
    min_previous: float | None
    readings: int
    severity: Severity
    microsoft_tenant_ids: list[UUID] | None
    channel_ids: list[UUID] | None
    is_grouped: bool
    quiet: QuietHours | None
    escalate_after: int | None
    escalate_to: list[UUID] | None
    is_enabled: bool
    created_at: datetime


class RulesOut(BaseModel):
    """The built-in rules, then the others by name."""

    items: list[RuleOut]


class MetricOut(BaseModel):
    """What a rule may watch."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    label: str
    unit: str
    hint: str
    size: str
    previous: str


class MetricsOut(BaseModel):
    items: list[MetricOut]


class SaidOut(BaseModel):
    """What a rule says of one reading."""

    model_config = ConfigDict(from_attributes=True)

    microsoft_tenant_id: UUID
    name: str
    subject: str
    judgement: str
    value: float | None
    previous: float | None
    size: float | None
    currency: str
    as_of: datetime | None
    state: str
    note: str


class TrialOut(BaseModel):
    """What a rule would say now: how many readings hold, and the first of all of them, those that hold first."""

    holds: int
    clears: int
    undecided: int
    items: list[SaidOut]
