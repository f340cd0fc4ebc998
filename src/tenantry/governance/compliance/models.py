"""What Azure's policies, Advisor and Defender say: projections, the sums that pages are made of, and their history.

All of it is machine-made. Lists are walked along an index in the order they are shown in, whatever the size of the
fleet; a number that is not known is None, and never zero.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.governance.compliance.counts import WHOLE, Counts
from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked, tenant_foreign_key
from tenantry.observe.projections import Projected


class ScoreKind(StrEnum):
    """What a score is about."""

    MICROSOFT_TENANT = "microsoft_tenant"
    SUBSCRIPTION = "subscription"
    INITIATIVE = "initiative"
    ASSIGNMENT = "assignment"


class Counted:
    """Resources by what policies say of them, and the score; all None while nothing is known."""

    compliant: Mapped[int | None]
    noncompliant: Mapped[int | None]
    conflicting: Mapped[int | None]
    exempt: Mapped[int | None]
    unknown: Mapped[int | None]
    score: Mapped[int | None]
    """Hundredths of a percent; None also where nothing was judged."""

    @property
    def counts(self) -> Counts | None:
        values = self.compliant, self.noncompliant, self.conflicting, self.exempt, self.unknown
        return None if self.compliant is None else Counts(*(value or 0 for value in values))


class Evaluated:
    """When Azure made the oldest and the newest of the verdicts that were counted; two sums are worth comparing only
    where all of the later one is of a later evaluation.
    """

    evaluated_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    evaluated_to: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ComplianceSummary(Counted, Evaluated, TenantOwned, Base):
    """One Microsoft tenant at a glance."""

    __tablename__ = "compliance_summary"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_compliance_summary", "tenant_id", "microsoft_tenant_id", unique=True),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    collected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the sums that are counted here were collected."""
    subscriptions: Mapped[int | None]
    """Those whose sums are counted here."""
    silent: Mapped[int | None]
    """Those of them of which Azure Policy judges nothing."""
    policies_violated: Mapped[int | None]
    policies_without_data: Mapped[int | None]
    exemptions: Mapped[int | None]
    advice: Mapped[int | None]
    advice_high: Mapped[int | None]
    secure_subscriptions: Mapped[int | None]
    secure_points: Mapped[int | None] = mapped_column(BigInteger)
    """Hundredths of a percent of each subscription's secure score times its weight, added up."""
    secure_weight: Mapped[int | None] = mapped_column(BigInteger)


class ComplianceScore(Counted, Evaluated, TenantOwned, Base):
    """The score of a subscription, an initiative or an assignment of one Microsoft tenant, as it is now."""

    __tablename__ = "compliance_score"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_compliance_score", "tenant_id", "microsoft_tenant_id", "kind", "scope_key", unique=True),
        Index("ix_compliance_score_rank", "tenant_id", "kind", "rank", "id"),
        Index("ix_compliance_score_of", "tenant_id", "microsoft_tenant_id", "kind", "rank", "id"),
        Index("ix_compliance_score_scope", "tenant_id", "kind", "scope_key", "rank", "id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[ScoreKind] = mapped_column(checked(ScoreKind))
    scope_key: Mapped[str] = mapped_column(String(400))
    subscription_key: Mapped[str] = mapped_column(String(64))
    """Empty for what is not a subscription's own."""
    initiative_key: Mapped[str] = mapped_column(String(400))
    title: Mapped[str] = mapped_column(String(256))
    rank: Mapped[int]
    """The score, and more than any where there is none: the worst come first."""


class PolicyStatus(Counted, Evaluated, TenantOwned, Base):
    """How one definition stands by one assignment, in all subscriptions of a Microsoft tenant together."""

    __tablename__ = "policy_status"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_policy_status_worst", "tenant_id", "worst", "id"),
        Index("ix_policy_status_of", "tenant_id", "microsoft_tenant_id", "worst", "id"),
        Index("ix_policy_status_definition", "tenant_id", "definition_key", "worst", "id"),
        Index("ix_policy_status_initiative", "tenant_id", "initiative_key", "worst", "id"),
        Index("ix_policy_status_assignment", "tenant_id", "assignment_key", "worst", "id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    assignment_key: Mapped[str] = mapped_column(String(400))
    definition_key: Mapped[str] = mapped_column(String(400))
    reference: Mapped[str] = mapped_column(String(256))
    """Which of an initiative's definitions; empty for one that is assigned by itself."""
    initiative_key: Mapped[str] = mapped_column(String(400))
    title: Mapped[str] = mapped_column(String(256))
    assignment_title: Mapped[str] = mapped_column(String(256))
    initiative_title: Mapped[str] = mapped_column(String(256))
    category: Mapped[str] = mapped_column(String(128))
    effect: Mapped[str] = mapped_column(String(64))
    scope_key: Mapped[str] = mapped_column(String(400))
    """Where it was assigned; empty where the assignment is not known."""
    is_enforced: Mapped[bool | None]
    is_deprecated: Mapped[bool]
    worst: Mapped[int]
    """Resources that violate it, and -1 where there is no data: the worst come first."""


class PolicyViolation(Projected, Base):
    """A resource that violates a definition by an assignment."""

    __tablename__ = "policy_violation"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_policy_violation_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_policy_violation_name", "tenant_id", "name_key", "id"),
        Index("ix_policy_violation_of", "tenant_id", "microsoft_tenant_id", "name_key", "id"),
        Index("ix_policy_violation_definition", "tenant_id", "definition_key", "name_key", "id"),
        Index("ix_policy_violation_assignment", "tenant_id", "assignment_key", "name_key", "id"),
        Index("ix_policy_violation_subscription", "tenant_id", "subscription_key", "name_key", "id"),
        Index("ix_policy_violation_type", "tenant_id", "resource_type", "name_key", "id"),
        Index("ix_policy_violation_resource", "tenant_id", "resource_key", "name_key", "id"),
    )

    subscription_key: Mapped[str] = mapped_column(String(64))
    resource_key: Mapped[str] = mapped_column(String(400))
    """The item key of the resource."""
    name: Mapped[str] = mapped_column(String(260))
    name_key: Mapped[str] = mapped_column(String(260))
    resource_type: Mapped[str] = mapped_column(String(200))
    resource_group: Mapped[str] = mapped_column(String(256))
    location: Mapped[str] = mapped_column(String(64))
    assignment_key: Mapped[str] = mapped_column(String(400))
    definition_key: Mapped[str] = mapped_column(String(400))
    initiative_key: Mapped[str] = mapped_column(String(400))
    reference: Mapped[str] = mapped_column(String(256))
    effect: Mapped[str] = mapped_column(String(64))
    reason_code: Mapped[str] = mapped_column(String(128))
    """As Azure gives it, which is nothing for most definitions."""


class PolicyAssignment(Projected, Base):
    """A definition or an initiative that holds over a scope."""

    __tablename__ = "policy_assignment"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_policy_assignment_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    title: Mapped[str] = mapped_column(String(256))
    scope_key: Mapped[str] = mapped_column(String(400))
    definition_key: Mapped[str] = mapped_column(String(400))
    """Of a definition or of an initiative."""
    is_enforced: Mapped[bool]
    messages: Mapped[dict[str, str]] = mapped_column(Json)
    """What whoever assigned it says to those who violate it, by reference; the empty one is for all."""


class PolicyDefinition(Projected, Base):
    """A definition or an initiative: what it is called, and whether Microsoft still keeps it up."""

    __tablename__ = "policy_definition"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_policy_definition_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    title: Mapped[str] = mapped_column(String(256))
    category: Mapped[str] = mapped_column(String(128))
    is_initiative: Mapped[bool]
    is_custom: Mapped[bool]
    is_deprecated: Mapped[bool]


class PolicyExemption(Projected, Base):
    """What a policy lets be as it is, for good or until a moment."""

    __tablename__ = "policy_exemption"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_policy_exemption_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_policy_exemption_ends", "tenant_id", "ends_at", "id"),
        Index("ix_policy_exemption_of", "tenant_id", "microsoft_tenant_id", "ends_at", "id"),
        Index("ix_policy_exemption_assignment", "tenant_id", "assignment_key", "ends_at", "id"),
    )

    title: Mapped[str] = mapped_column(String(256))
    category: Mapped[str] = mapped_column(String(32))
    """`waiver` or `mitigated`."""
    subscription_key: Mapped[str] = mapped_column(String(64))
    """Empty for one of a management group."""
    scope_key: Mapped[str] = mapped_column(String(400))
    assignment_key: Mapped[str] = mapped_column(String(400))
    limited_to: Mapped[list[str]] = mapped_column(Json)
    """The definitions of an initiative that it is limited to; none means all."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The same to sort by: far away for what has no end."""


class Recommendation(Projected, Base):
    """An advice of Azure Advisor."""

    __tablename__ = "advisor_recommendation"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_advisor_recommendation_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_advisor_recommendation_rank", "tenant_id", "rank", "id"),
        Index("ix_advisor_recommendation_of", "tenant_id", "microsoft_tenant_id", "rank", "id"),
        Index("ix_advisor_recommendation_category", "tenant_id", "category", "rank", "id"),
        Index("ix_advisor_recommendation_subscription", "tenant_id", "subscription_key", "rank", "id"),
        Index("ix_advisor_recommendation_resource", "tenant_id", "resource_key", "rank", "id"),
    )

    subscription_key: Mapped[str] = mapped_column(String(64))
    category: Mapped[str] = mapped_column(String(32))
    impact: Mapped[str] = mapped_column(String(16))
    """`high`, `medium`, `low`, in lower case as the category."""
    problem: Mapped[str] = mapped_column(String(512))
    solution: Mapped[str] = mapped_column(String(512))
    resource_key: Mapped[str] = mapped_column(String(400))
    resource_name: Mapped[str] = mapped_column(String(260))
    resource_type: Mapped[str] = mapped_column(String(200))
    yearly: Mapped[int | None] = mapped_column(BigInteger)
    """What Microsoft estimates that following it saves in a year, in millionths; None where it gives nothing."""
    currency: Mapped[str] = mapped_column(String(8))
    is_put_aside: Mapped[bool]
    rank: Mapped[int] = mapped_column(BigInteger)
    """What is put aside last, before it by impact, and within that by what it saves: the lowest come first."""


class AdviceSummary(TenantOwned, Base):
    """Advisor's advice on one Microsoft tenant, added up by category and currency, without what was put aside."""

    __tablename__ = "advice_summary"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_advice_summary", "tenant_id", "microsoft_tenant_id", "category", "currency", unique=True),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    category: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(8))
    recommendations: Mapped[int]
    high: Mapped[int]
    yearly: Mapped[int] = mapped_column(BigInteger)


class SecureScore(Projected, Base):
    """Defender's score of a subscription, or of one of the controls it is the sum of; points are in thousandths."""

    __tablename__ = "secure_score"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_secure_score_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_secure_score_rank", "tenant_id", "is_control", "rank", "id"),
        Index("ix_secure_score_of", "tenant_id", "microsoft_tenant_id", "is_control", "rank", "id"),
        Index("ix_secure_score_subscription", "tenant_id", "subscription_key", "is_control", "rank", "id"),
    )

    subscription_key: Mapped[str] = mapped_column(String(64))
    is_control: Mapped[bool]
    title: Mapped[str] = mapped_column(String(256))
    points: Mapped[int | None]
    most: Mapped[int | None]
    healthy: Mapped[int | None]
    unhealthy: Mapped[int | None]
    not_applicable: Mapped[int | None]
    weight: Mapped[int | None]
    rank: Mapped[int]
    """Hundredths of a percent, and more than any where there are no points to have: the worst come first."""

    @property
    def share(self) -> int | None:
        """Hundredths of a percent; None where there are no points to have."""
        return self.rank if self.rank <= WHOLE else None


class RegulatoryControl(Projected, Base):
    """How a subscription stands against a regulatory standard, or against one of its controls."""

    __tablename__ = "regulatory_control"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_regulatory_control_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_regulatory_control_name", "tenant_id", "is_control", "name_key", "id"),
        Index("ix_regulatory_control_of", "tenant_id", "microsoft_tenant_id", "is_control", "name_key", "id"),
        Index("ix_regulatory_control_subscription", "tenant_id", "subscription_key", "is_control", "name_key", "id"),
    )

    subscription_key: Mapped[str] = mapped_column(String(64))
    is_control: Mapped[bool]
    standard: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128))
    """Of the control; of the standard itself, its own."""
    name_key: Mapped[str] = mapped_column(String(256))
    description: Mapped[str] = mapped_column(String(512))
    state: Mapped[str] = mapped_column(String(32))
    passed: Mapped[int | None]
    failed: Mapped[int | None]
    skipped: Mapped[int | None]
    """Controls of a standard, assessments of a control."""


class ComplianceDay(Counted, Evaluated, TenantOwned, Base):
    """A score as a day's last complete collection brought it. A day without one has no row, and is no zero."""

    __tablename__ = "compliance_day"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_compliance_day", "tenant_id", "microsoft_tenant_id", "kind", "scope_key", "day", unique=True),
        Index("ix_compliance_day_day", "tenant_id", "kind", "day", "microsoft_tenant_id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[ScoreKind] = mapped_column(checked(ScoreKind))
    scope_key: Mapped[str] = mapped_column(String(400))
    """Empty for the Microsoft tenant itself."""
    collected_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ComplianceFleetDay(Counted, TenantOwned, Base):
    """The days of all Microsoft tenants added up, so that a trend costs the same however many there are."""

    __tablename__ = "compliance_fleet_day"
    __table_args__ = (Index("uq_compliance_fleet_day", "tenant_id", "day", unique=True),)
    __audit__ = False

    day: Mapped[date] = mapped_column(Date)
    microsoft_tenants: Mapped[int]
    """Of how many that day is known."""


class SecureScoreDay(TenantOwned, Base):
    """Defender's score of a subscription as a day's last complete collection brought it."""

    __tablename__ = "secure_score_day"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_secure_score_day", "tenant_id", "microsoft_tenant_id", "subscription_key", "day", unique=True),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subscription_key: Mapped[str] = mapped_column(String(64))
    day: Mapped[date] = mapped_column(Date)
    collected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    points: Mapped[int]
    most: Mapped[int]
