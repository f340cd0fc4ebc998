"""Delegations and templates as they come in and go out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tenantry.estate.lighthouse.template import Role
from tenantry.estate.schemas import Name


class DelegatedSubscriptionOut(BaseModel):
    """A subscription a customer delegates."""

    subscription_id: str
    display_name: str
    state: str


class CustomerOut(BaseModel):
    """A customer a managing tenant sees through Lighthouse, and which of our Microsoft tenants it is, if any."""

    entra_tenant_id: UUID
    name: str | None
    managing_id: UUID
    seen_at: datetime
    subscriptions: list[DelegatedSubscriptionOut]
    microsoft_tenant_id: UUID | None
    microsoft_tenant_name: str | None


class CustomersOut(BaseModel):
    """Every customer, and when the delegations were listed; None means never: no customers is not known then."""

    listed_at: datetime | None
    items: list[CustomerOut]


class OnboardCustomerIn(BaseModel):
    """How we call the customer."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class PrincipalIn(BaseModel):
    """A group, user or service principal of the managing tenant, by its object id."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    name: Name


class TemplateIn(BaseModel):
    """What the customer is asked to delegate, and to whom."""

    model_config = ConfigDict(extra="forbid")

    managing_entra_id: Annotated[UUID, Field(description="Directory (tenant) id of the managing Microsoft tenant.")]
    offer: Name = "Managed services"
    description: Name = "Reads the configuration, costs and security state of this subscription."
    principals: Annotated[list[PrincipalIn], Field(min_length=1, max_length=20)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role))] = [Role.READER]
