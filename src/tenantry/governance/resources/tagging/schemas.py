"""Tagging policies and what became of them, as they come in and go out."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tenantry.governance.resources.tagging.models import Fault, Measure
from tenantry.governance.resources.tagging.rules import MOST_RULES, TagRule, TypeName


class TaggingPolicyIn(BaseModel):
    """What is asked of tags, as a whole. Without rules nothing is."""

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[list[TagRule], Field(max_length=MOST_RULES)]
    inherits: bool = Field(
        default=False,
        description="A tag of the resource group counts for what is in it. Azure does not pass tags on itself.",
    )
    excluded_types: Annotated[list[TypeName], Field(max_length=200)] = Field(
        default=[],
        description="Types that need no tags, beside those that cannot have any; `microsoft.insights/*` for many.",
    )

    @model_validator(mode="after")
    def _names_each_tag_once(self) -> Self:
        keys = [rule.tag.lower() for rule in self.rules]
        if twice := next((rule.tag for rule in self.rules if keys.count(rule.tag.lower()) > 1), None):
            raise ValueError(f"there are two rules for the tag {twice[:60]}; to Azure its casing does not matter")
        return self


class TaggingPolicyOut(BaseModel):
    """The policy in force, and whose it is."""

    microsoft_tenant_id: UUID | None = Field(description="Null for the default of the organisation.")
    is_own: bool = Field(description="Whether this Microsoft tenant has one of its own; else the default is shown.")
    rules: list[TagRule]
    inherits: bool
    excluded_types: list[str]


class TagFindingOut(BaseModel):
    """A required tag that a resource lacks, or whose value is not allowed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    resource_id: UUID
    azure_id: str
    name: str
    type: str
    resource_group: str
    subscription_id: str
    tag: str
    fault: Fault
    value: str | None = Field(description="The value that is not allowed.")
    is_inherited: bool = Field(description="The value is the resource group's.")


class TagScoreOut(BaseModel):
    """How many of the resources that were judged have all their tags. Without any, there is no score."""

    model_config = ConfigDict(from_attributes=True)

    by: Measure
    key: str | None
    name: str
    resources: int
    compliant: int
    left_out: int = Field(description="Those that cannot have tags, or whose type is excluded.")


class TaggingPageOut(BaseModel):
    """The scores, and a page of what does not fulfil the policy. With `total_is_more` there are more than `total`."""

    scores: list[TagScoreOut]
    items: list[TagFindingOut]
    next_cursor: str | None
    total: int | None
    total_is_more: bool
    microsoft_tenants: int
    judged: int = Field(description="Microsoft tenants whose resources are known and of which tags are asked.")
