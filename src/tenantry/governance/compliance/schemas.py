"""Compliance as programs read it. What is not known is null, and never zero."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from tenantry.governance.compliance.counts import Counts
from tenantry.governance.compliance.figures import Coverage, Day
from tenantry.governance.compliance.models import ScoreKind, SecureScore, SecureScoreDay
from tenantry.governance.compliance.queries import ExemptionState, PolicyState

MICRO = Decimal(1_000_000)


def percent(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


class CountsOut(BaseModel):
    """Resources, each once, by the heaviest state it is in."""

    compliant: int
    noncompliant: int
    conflicting: int = Field(description="Definitions that contradict each other, and evaluations that failed.")
    exempt: int = Field(description="In neither number of the score.")
    unknown: int = Field(description="Not judged by Azure; in neither number of the score.")
    judged: int = Field(description="The denominator of the score: compliant, noncompliant and conflicting.")
    total: int

    @classmethod
    def of(cls, found: Counts) -> Self:
        names = ("compliant", "noncompliant", "conflicting", "exempt", "unknown", "judged", "total")
        return cls(**{name: getattr(found, name) for name in names})


class ScoredOut(BaseModel):
    """A score with what it is made of."""

    score: float | None = Field(description="Compliant out of judged, in percent; null where nothing was judged.")
    portal_score: float | None = Field(
        description="As Azure's portal counts: what is exempt or unknown among what complies, out of all."
    )
    counts: CountsOut | None


def scored(counts: Counts | None) -> dict[str, object]:
    """The fields of ScoredOut."""
    if counts is None:
        return {"score": None, "portal_score": None, "counts": None}
    return {
        "score": percent(counts.score),
        "portal_score": percent(counts.portal),
        "counts": CountsOut.of(counts),
    }


class DayOut(ScoredOut):
    """A day that is missing had no complete collection: it is not known."""

    day: date
    microsoft_tenants: int | None = Field(description="Of the fleet: of how many the day is known.")

    @classmethod
    def of(cls, found: Day) -> Self:
        return cls(day=found.day, microsoft_tenants=found.microsoft_tenants, **scored(found.counts))  # type: ignore[arg-type]  # fields


class PeriodOut(BaseModel):
    first: date
    last: date


class CoverageOut(BaseModel):
    """Of whom this speaks."""

    states: dict[str, int] = Field(description="How the newest attempts ended; `never` was not collected yet.")
    known: int = Field(description="Microsoft tenants of which something is shown.")
    oldest: datetime | None = Field(description="The age of the oldest of it.")
    lost_subscriptions: int = Field(description="Out of sight: kept as last seen, and in no sum.")

    @classmethod
    def of(cls, found: Coverage) -> Self:
        return cls(
            states=dict(found.states),
            known=found.known,
            oldest=found.oldest,
            lost_subscriptions=found.lost_subscriptions,
        )


class ListOut(BaseModel):
    """A page. With `total_is_more` there are more than `total`."""

    next_cursor: str | None
    total: int | None
    total_is_more: bool
    coverage: CoverageOut


class ScoreOut(ScoredOut):
    """Where a Microsoft tenant, a subscription, an initiative or an assignment stands."""

    by: ScoreKind
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    key: str = Field(description="Azure's id in lower case; empty for the Microsoft tenant itself.")
    name: str
    state: str = Field(
        description="How the newest attempt to collect it ended; `access_lost` for a subscription out of sight; "
        "`no_data` where Azure Policy has judged nothing."
    )
    missing_permission: str | None
    collected_at: datetime | None
    evaluated_from: datetime | None = Field(description="When Azure made the oldest verdict that is counted.")
    evaluated_to: datetime | None
    history: list[DayOut] | None = Field(description="Where `from` or `to` was asked for.")


class FleetOut(ScoredOut):
    """All Microsoft tenants together, as far as they are known."""

    subscriptions: int | None
    subscriptions_without_data: int | None
    history: list[DayOut] | None


class ScoresOut(ListOut):
    period: PeriodOut | None
    fleet: FleetOut | None = Field(description="Where scores of all Microsoft tenants are asked for.")
    items: list[ScoreOut]


class PolicyOut(ScoredOut):
    """How a definition stands by an assignment, over all subscriptions of a Microsoft tenant."""

    id: UUID
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    policy: str = Field(description="Azure's id of the definition, in lower case.")
    name: str
    reference: str
    category: str
    effect: str
    initiative: str
    initiative_name: str
    assignment: str
    assignment_name: str
    assigned_at: str = Field(description="The scope it was assigned at; empty where the assignment is not known.")
    is_enforced: bool | None
    is_deprecated: bool
    state: PolicyState
    evaluated_from: datetime | None
    evaluated_to: datetime | None


class PoliciesOut(ListOut):
    items: list[PolicyOut]


class ReasonOut(BaseModel):
    """Why, as far as Azure tells."""

    policy: str
    effect: str
    initiative: str
    assignment: str
    code: str = Field(description="Azure's reason code; empty for most definitions.")
    message: str = Field(description="What whoever assigned it says to those who violate it.")


class NonCompliantOut(BaseModel):
    """A resource that violates a policy."""

    microsoft_tenant_id: UUID
    microsoft_tenant: str
    resource_id: UUID | None = Field(description="Ours; null for what is not in the inventory, as resource groups.")
    azure_id: str
    name: str
    type: str
    location: str
    resource_group: str
    subscription_id: str
    subscription: str
    policy_id: UUID | None
    policy: str = Field(description="Azure's id of the definition.")
    assignment: str
    initiative: str
    reason: ReasonOut
    access_lost_at: datetime | None


class NonCompliantListOut(ListOut):
    items: list[NonCompliantOut]


class ExemptionOut(BaseModel):
    """What a policy lets be as it is."""

    microsoft_tenant_id: UUID
    microsoft_tenant: str
    azure_id: str
    name: str
    category: str
    scope: str
    subscription_id: str
    assignment: str
    assignment_name: str
    limited_to: list[str] = Field(description="References of the initiative's definitions; none means all.")
    expires_at: datetime | None = Field(description="Null for one without an end.")
    state: ExemptionState
    access_lost_at: datetime | None


class ExemptionsOut(ListOut):
    items: list[ExemptionOut]


class SavingOut(BaseModel):
    """Microsoft's estimate. Several advices may save the same money."""

    currency: str
    yearly: Decimal


class AdviceOut(BaseModel):
    """An advice of Azure Advisor."""

    microsoft_tenant_id: UUID
    microsoft_tenant: str
    azure_id: str
    category: str
    impact: str
    problem: str
    solution: str = Field(description="Empty where it says the same as the problem.")
    resource_id: UUID | None
    resource: str = Field(description="Azure's id of what it is about.")
    resource_name: str
    resource_type: str
    subscription_id: str
    subscription: str
    saving: SavingOut | None
    is_put_aside: bool
    access_lost_at: datetime | None


class CategoryOut(BaseModel):
    """What Advisor says in one category, without what was put aside."""

    category: str
    recommendations: int
    high_impact: int
    savings: list[SavingOut]


class AdviceListOut(ListOut):
    categories: list[CategoryOut]
    items: list[AdviceOut]


class SecureDayOut(BaseModel):
    day: date
    points: float
    most: float

    @classmethod
    def of(cls, row: SecureScoreDay) -> Self:
        return cls(day=row.day, points=row.points / 1000, most=row.most / 1000)


class SecureControlOut(BaseModel):
    """A control that a secure score is a part of the sum of."""

    name: str
    points: float | None
    most: float | None
    healthy: int | None
    unhealthy: int | None
    not_applicable: int | None

    @classmethod
    def of(cls, row: SecureScore) -> Self:
        return cls(
            name=row.title,
            points=thousandths(row.points),
            most=thousandths(row.most),
            healthy=row.healthy,
            unhealthy=row.unhealthy,
            not_applicable=row.not_applicable,
        )


class SecureScoreOut(BaseModel):
    """Defender's score of a subscription."""

    microsoft_tenant_id: UUID
    microsoft_tenant: str
    subscription_id: str
    subscription: str
    score: float | None = Field(description="Points out of the most there are, in percent.")
    points: float | None
    most: float | None
    weight: int | None = Field(description="What Microsoft weighs this subscription with among others.")
    controls: list[SecureControlOut]
    history: list[SecureDayOut] | None
    access_lost_at: datetime | None


class SecureScoresOut(ListOut):
    score: float | None = Field(description="Of all that are known, each by its weight.")
    subscriptions: int | None = Field(description="Those that have a score: without Defender there is none.")
    items: list[SecureScoreOut]


class StandardOut(BaseModel):
    """How a subscription stands against a regulatory standard, or against one of its controls."""

    microsoft_tenant_id: UUID
    microsoft_tenant: str
    subscription_id: str
    subscription: str
    standard: str
    control: str | None
    description: str
    state: str
    passed: int | None
    failed: int | None
    skipped: int | None


class StandardsOut(ListOut):
    items: list[StandardOut]


def thousandths(value: int | None) -> float | None:
    return None if value is None else value / 1000


def saving(micros: int | None, currency: str) -> SavingOut | None:
    return None if micros is None else SavingOut(currency=currency, yearly=micros / MICRO)


def savings(yearly: "Sequence[tuple[str, int]]") -> list[SavingOut]:
    return [SavingOut(currency=currency, yearly=micros / MICRO) for currency, micros in yearly]
