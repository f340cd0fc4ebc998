"""What goes in and out of sign-in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from tenantry.kit.secret import Secret


class Credentials(BaseModel):
    """A password sign-in. `tenant` is a slug; without it the first tenant of the user is entered."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    password: Secret
    tenant: Annotated[str | None, Field(max_length=63)] = None


class TokenOut(BaseModel):
    """An opaque session token for `Authorization: Bearer`."""

    token: str
    token_type: str
    expires_at: datetime
    tenant: str


class StatusOut(BaseModel):
    """Who you are and where."""

    user_id: UUID
    email: str
    display_name: str
    tenant_id: UUID
    is_super_admin: bool
    permissions: list[str] | None
    """None means all."""
