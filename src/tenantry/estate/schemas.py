"""Microsoft tenants as they come in (YAML, wizard, API) and go out."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tenantry.estate.models import Access, Connection, CredentialKind, Lifecycle, Step
from tenantry.kit.secret import Secret

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
ReferenceText = Annotated[
    str,
    StringConstraints(min_length=5, max_length=500),
    Field(description="`env:NAME`, `file:/path` or `keyvault:https://vault/secrets/name`."),
]


class CredentialIn(BaseModel):
    """How a Microsoft tenant is reached. The value is a reference, or (API and wizard only) given once to be sealed."""

    model_config = ConfigDict(extra="forbid")

    kind: CredentialKind
    client_id: UUID | None = None
    reference: ReferenceText | None = None
    value: Secret | None = None
    """A client secret, or the PEM of a certificate with its key. Stored encrypted, never shown again."""
    expires_at: datetime | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind is not CredentialKind.MANAGED_IDENTITY and self.client_id is None:
            raise ValueError(f"{self.kind.value} needs client_id, the application's id")
        given = [part for part in (self.reference, self.value) if part]
        needed = self.kind in (CredentialKind.CLIENT_SECRET, CredentialKind.CERTIFICATE)
        if needed and len(given) != 1:
            raise ValueError(f"{self.kind.value} needs a reference or a value, and not both")
        if self.kind is CredentialKind.MANAGED_IDENTITY and given:
            raise ValueError("a managed identity has neither reference nor value")
        return self


class MicrosoftTenantIn(BaseModel):
    """A Microsoft tenant to onboard."""

    model_config = ConfigDict(extra="forbid")

    entra_tenant_id: Annotated[UUID, Field(description="Directory (tenant) id from the Entra portal.")]
    name: Name
    access: Access = Access.APP_REGISTRATION
    cloud: Literal["public", "us_gov", "china", "simulator"] | None = None
    managed_by: Annotated[
        UUID | None, Field(description="For Lighthouse: the entra_tenant_id of the managing Microsoft tenant.")
    ] = None
    credential: CredentialIn | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.access is Access.APP_REGISTRATION and self.credential is None:
            raise ValueError("access by app registration needs a credential")
        if self.access is Access.LIGHTHOUSE and self.managed_by is None:
            raise ValueError("access by Lighthouse needs managed_by, the managing Microsoft tenant's id")
        if self.managed_by == self.entra_tenant_id:
            raise ValueError("a Microsoft tenant cannot manage itself")
        return self


class MicrosoftTenantPatch(BaseModel):
    """What can be changed by hand."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None


class CredentialOut(BaseModel):
    """A credential as people may see it: never its value."""

    model_config = ConfigDict(from_attributes=True)

    kind: CredentialKind
    client_id: str
    reference: str | None
    hint: str | None
    expires_at: datetime | None
    created_at: datetime


class Loss(BaseModel):
    """A permission that is missing and what cannot be known without it."""

    permission: str
    without_it: list[str]


class MicrosoftTenantOut(BaseModel):
    """A Microsoft tenant and the state of its connection."""

    id: UUID
    entra_tenant_id: UUID
    name: str
    default_domain: str | None
    country: str | None
    cloud: str
    access: Access
    managing_id: UUID | None
    lifecycle: Lifecycle
    step: Step
    connection: Connection
    tested_at: datetime | None
    problem_code: str | None
    problem_message: str | None
    granted_permissions: list[str]
    missing: list[Loss]
    consent_url: str | None
    credential: CredentialOut | None
    facts: dict[str, Any]
    created_at: datetime


class MicrosoftTenantPageOut(BaseModel):
    """A page of Microsoft tenants by name."""

    items: list[MicrosoftTenantOut]
    next_cursor: str | None
    total: int


class OffboardIn(BaseModel):
    """Offboarding is confirmed by typing the name, and says what happens to the data."""

    model_config = ConfigDict(extra="forbid")

    confirm: Annotated[str, Field(description="The Microsoft tenant's name, typed as confirmation.", max_length=256)]
    data: Literal["keep", "purge"]
