"""Resources and subscriptions as programs read them. What is not known is null, never zero."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tenantry.governance.resources.tagging.models import Fault
from tenantry.governance.resources.unused.schemas import UnusedOut


class ResourceOut(BaseModel):
    """A resource as of the last complete collection of its Microsoft tenant."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    azure_id: str = Field(validation_alias="item_key", description="Microsoft's resource id, in lower case.")
    name: str
    type: str = Field(validation_alias="resource_type")
    kind: str | None
    location: str
    resource_group: str
    subscription_id: str = Field(validation_alias="subscription_key")
    sku: str | None
    tags: dict[str, str]
    created_on: datetime | None = Field(description="From the resource's own properties, where its type has it.")
    orphan_reason: str | None = Field(description="Why nothing uses it; null for what is used or cannot be told.")
    idle_reason: str | None = Field(description="Why it does nothing although something uses it.")
    access_lost_at: datetime | None = Field(
        default=None, description="Since when its subscription is out of sight; what is shown is from before."
    )


class ResourcePageOut(BaseModel):
    """A page of resources by name. With `total_is_more` there are more than `total`."""

    items: list[ResourceOut]
    next_cursor: str | None
    total: int | None
    total_is_more: bool


class SubscriptionOut(BaseModel):
    """A subscription, and how many resources were counted in it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    subscription_id: str = Field(validation_alias="subscription_key")
    name: str = Field(validation_alias="display_name")
    state: str
    offer: str | None = Field(description="The quota id.")
    spending_limit: str | None
    is_delegated: bool = Field(description="Another Microsoft tenant manages it through Azure Lighthouse.")
    resources: int | None
    access_lost_at: datetime | None = Field(default=None, description="Since when it is out of sight; null while seen.")
    last_seen_at: datetime | None = Field(default=None, description="How old what is shown of a lost one is.")


class SubscriptionPageOut(BaseModel):
    """A page of subscriptions by name. With `total_is_more` there are more than `total`."""

    items: list[SubscriptionOut]
    next_cursor: str | None
    total: int | None
    total_is_more: bool


class RoleOut(BaseModel):
    """Somebody's role, and at which level it was given."""

    model_config = ConfigDict(from_attributes=True)

    role: str
    principal: str
    principal_type: str
    level: str


class SeenOut(BaseModel):
    """A state of the resource. `changes` holds [before, after] per path."""

    model_config = ConfigDict(from_attributes=True)

    since: datetime
    until: datetime | None
    changes: dict[str, tuple[Any, Any]]


class TagFaultOut(BaseModel):
    """A required tag that it lacks, or whose value is not allowed."""

    model_config = ConfigDict(from_attributes=True)

    tag: str
    fault: Fault
    value: str | None
    is_inherited: bool


class ResourceDetailOut(BaseModel):
    """A resource with its document, the roles held on it, and what it went through."""

    resource: ResourceOut
    microsoft_tenant: str
    subscription: SubscriptionOut | None
    collected_at: datetime | None
    document: dict[str, Any]
    roles: list[RoleOut]
    history: list[SeenOut]
    unused: list[UnusedOut] = Field(description="When it was unused, why, and for how much: the newest first.")
    tag_faults: list[TagFaultOut]
