"""What is asked of tags, which resources do not fulfil it, and how many do."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class Fault(StrEnum):
    MISSING = "missing"
    NOT_ALLOWED = "not_allowed"


class Measure(StrEnum):
    """What a score is of: a whole Microsoft tenant, or one subscription, tag or resource type in it."""

    MICROSOFT_TENANT = "microsoft_tenant"
    SUBSCRIPTION = "subscription"
    TAG = "tag"
    TYPE = "type"


_DEFAULT = text("microsoft_tenant_id IS NULL")


class TaggingPolicy(TenantOwned, Base):
    """What is asked of the tags in one Microsoft tenant; without one, the default of the organisation holds."""

    __tablename__ = "tagging_policy"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_tagging_policy", "tenant_id", "microsoft_tenant_id", unique=True),
        Index("uq_tagging_policy_default", "tenant_id", unique=True, sqlite_where=_DEFAULT, postgresql_where=_DEFAULT),
    )

    microsoft_tenant_id: Mapped[UUID | None] = mapped_column(Uuid)
    """None: the default, for all that have none of their own."""
    rules: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    inherits: Mapped[bool]
    """Whether a tag of the resource group counts for what is in it. Azure itself does not pass tags on."""
    excluded_types: Mapped[list[str]] = mapped_column(Json)

    @property
    def mark(self) -> str:
        """Tells one policy from another."""
        told = orjson.dumps([self.rules, self.inherits, sorted(self.excluded_types)], option=orjson.OPT_SORT_KEYS)
        return hashlib.blake2b(told, digest_size=16).hexdigest()

    @property
    def audit_label(self) -> str:
        return "default" if self.microsoft_tenant_id is None else "of one Microsoft tenant"


class TagFinding(TenantOwned, Base):
    """A required tag that a resource lacks, or whose value is not one that is allowed.

    It repeats the resource's place, so that lists of it are walks along an index.
    """

    __tablename__ = "tag_finding"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        tenant_foreign_key("resource_id", "resource"),
        Index("ix_tag_finding_name", "tenant_id", "name_key", "id"),
        Index("ix_tag_finding_of", "tenant_id", "microsoft_tenant_id", "name_key", "id"),
        Index("ix_tag_finding_tag", "tenant_id", "tag_key", "name_key", "id"),
        Index("ix_tag_finding_type", "tenant_id", "resource_type", "name_key", "id"),
        Index("ix_tag_finding_subscription", "tenant_id", "subscription_key", "name_key", "id"),
        Index("ix_tag_finding_resource", "tenant_id", "resource_id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    resource_id: Mapped[UUID] = mapped_column(Uuid)
    tag_key: Mapped[str] = mapped_column(String(128))
    tag: Mapped[str] = mapped_column(String(512))
    """As the rule writes it."""
    fault: Mapped[Fault] = mapped_column(checked(Fault))
    value: Mapped[str | None] = mapped_column(String(256))
    """The value that is not allowed; None for a tag that is missing."""
    is_inherited: Mapped[bool]
    """The value is the resource group's."""
    name_key: Mapped[str] = mapped_column(String(260))
    resource_type: Mapped[str] = mapped_column(String(200))
    subscription_key: Mapped[str] = mapped_column(String(64))


class TagScore(TenantOwned, Base):
    """How many resources of one part of a Microsoft tenant have all the tags they have to have."""

    __tablename__ = "tag_score"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_tag_score", "tenant_id", "measure", "microsoft_tenant_id", "key", unique=True),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    measure: Mapped[Measure] = mapped_column(checked(Measure))
    key: Mapped[str] = mapped_column(String(200))
    """The subscription, the tag or the type; empty for the whole Microsoft tenant."""
    resources: Mapped[int]
    """Those that were judged."""
    compliant: Mapped[int]
    left_out: Mapped[int]
    """Those that cannot have tags, or whose type is excluded."""
    judged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the resources that were judged had been collected."""
    policy_mark: Mapped[str] = mapped_column(String(32))
    """Of the policy they were judged by."""
