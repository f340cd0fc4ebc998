"""Changes of resources as programs read them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class ResourceChangeOut(BaseModel):
    """Who changed what, when, from what to what. `changes` holds [before, after] per path."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    changed_at: datetime
    kind: str = Field(description="create, update or delete.")
    azure_id: str = Field(validation_alias="resource_key")
    name: str
    type: str = Field(validation_alias="resource_type")
    subscription_id: str = Field(validation_alias="subscription_key")
    changed_by: str = Field(description="Empty where Microsoft does not say.")
    changed_by_type: str
    client: str
    operation: str
    changes_count: int = Field(description="How many properties changed; of many, the first forty are in `changes`.")
    changes: dict[str, tuple[Any, Any]]


class ResourceChangePageOut(BaseModel):
    """A page of changes, the newest first. Azure tells those of the last fourteen days; they are kept for thirty."""

    items: list[ResourceChangeOut]
    next_cursor: str | None
    total: int | None = None
    total_is_more: bool = False
