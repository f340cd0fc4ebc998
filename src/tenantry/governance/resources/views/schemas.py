"""Saved views as they come in and go out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tenantry.governance.resources.views.models import Place

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
ViewName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_NO_CONTROLS)]
_Option = Annotated[str, StringConstraints(max_length=40)]
_Value = Annotated[str, StringConstraints(max_length=800, pattern=r"^[^\x00]*$")]


class SavedViewIn(BaseModel):
    """The filters of a list, under a name. `options` are those of the list's address."""

    model_config = ConfigDict(extra="forbid")

    name: ViewName
    place: Place
    options: Annotated[dict[_Option, _Value], Field(max_length=20)]
    is_shared: bool = Field(
        default=False, description="For everybody in the organisation, which takes resources:govern."
    )


class SavedViewPatch(BaseModel):
    """What is given changes."""

    model_config = ConfigDict(extra="forbid")

    name: ViewName | None = None
    options: Annotated[dict[_Option, _Value] | None, Field(max_length=20)] = None
    is_shared: bool | None = None


class SavedViewOut(BaseModel):
    """A saved view, and the way to what it shows."""

    id: UUID
    name: str
    place: Place
    options: dict[str, str]
    is_shared: bool
    is_own: bool
    created_at: datetime
    unknown_options: list[str] = Field(
        description="Filters that the list does not have any more: what the view shows is wider than it was."
    )
    address: str
