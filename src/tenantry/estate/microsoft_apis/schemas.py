"""What is answered about Microsoft's services."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from tenantry.platform.health.registry import Status


class MicrosoftApiOut(BaseModel):
    """How one service answers for one Microsoft tenant."""

    microsoft_tenant_id: UUID
    microsoft_tenant: str
    service: str
    status: Status
    succeeded_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    throttled_until: datetime | None


class MicrosoftApiPageOut(BaseModel):
    """A page of them, by the name of the Microsoft tenant."""

    items: list[MicrosoftApiOut]
    next_cursor: str | None
