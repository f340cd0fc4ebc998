"""Decisions as they come in and go out."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from tenantry.posture.decisions.models import Kind

Line = Annotated[str, Field(min_length=1, max_length=254)]
Text = Annotated[str, Field(min_length=3, max_length=2000)]
ControlKey = Annotated[str, Field(min_length=3, max_length=100)]


class DispositionIn(BaseModel):
    """A decision about a control, or about one of its affected objects."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    control: ControlKey
    kind: Kind
    reason: Text
    expires_at: AwareDatetime
    """When the finding returns; for planned remediation, the date it is planned for."""
    approver: Line | None = None
    """Who approved it; an exception and a false positive need one."""
    object_id: Annotated[str | None, Field(min_length=1, max_length=400)] = None
    object_name: Annotated[str | None, Field(max_length=400)] = None

    @model_validator(mode="after")
    def _names_what_it_is_about(self) -> Self:
        if self.object_name and self.object_id is None:
            raise ValueError("object_name is of an object: without object_id the decision is about the whole control")
        return self


class DispositionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    control: str
    object_id: str | None
    object_name: str | None
    kind: Kind
    reason: str
    approver: str | None
    decided_by: str
    decided_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class AttestationIn(BaseModel):
    """What somebody vouches for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    control: ControlKey
    holds: bool
    owner: Line
    evidence: Text
    valid_until: AwareDatetime


class AttestationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    control: str
    holds: bool
    owner: str
    evidence: str
    attested_by: str
    attested_at: datetime
    valid_until: datetime
    withdrawn_at: datetime | None


class PostureSettingsIn(BaseModel):
    """What is given changes; parameters are replaced as a whole."""

    model_config = ConfigDict(extra="forbid")

    benchmark: Annotated[str | None, Field(max_length=40)] = None
    parameters: dict[str, Any] | None = None
    is_reference: bool | None = None


class PostureSettingsOut(BaseModel):
    microsoft_tenant_id: UUID
    benchmark: str
    parameters: dict[str, Any]
    is_reference: bool
