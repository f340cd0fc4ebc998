"""Microsoft tenants as they come in (YAML, wizard, API) and go out."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tenantry.estate.expiry import ExpiryState
from tenantry.estate.models import Access, Connection, CredentialKind, ExpirySource, Lifecycle, Step
from tenantry.kit.secret import Secret

_NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f]*$"
_PLAUSIBLE_YEARS: Final = range(2000, 2200)


def _moment(value: datetime) -> datetime:
    """Without a zone it is UTC: a date in YAML has none."""
    if value.year not in _PLAUSIBLE_YEARS:
        raise ValueError("this year is not plausible")
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_moment)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256, pattern=_NO_CONTROLS)]
ReferenceText = Annotated[
    str,
    StringConstraints(min_length=5, max_length=500, pattern=_NO_CONTROLS),
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
    expires_at: Annotated[
        Moment | None,
        Field(description="When it ends. A certificate and, where it may be read, the app registration say so itself."),
    ] = None

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


class MicrosoftTenantStart(BaseModel):
    """Which Microsoft tenant, and how it is reached: the first step, which needs no credential yet."""

    model_config = ConfigDict(extra="forbid")

    entra_tenant_id: Annotated[UUID, Field(description="Directory (tenant) id from the Entra portal.")]
    name: Name
    access: Access = Access.APP_REGISTRATION
    cloud: Literal["public", "us_gov", "china", "simulator"] | None = None
    managed_by: Annotated[
        UUID | None, Field(description="For Lighthouse: the entra_tenant_id of the managing Microsoft tenant.")
    ] = None

    @model_validator(mode="after")
    def _is_managed_by_another(self) -> Self:
        if self.access is Access.LIGHTHOUSE and self.managed_by is None:
            raise ValueError("access by Lighthouse needs managed_by, the managing Microsoft tenant's id")
        if self.managed_by == self.entra_tenant_id:
            raise ValueError("a Microsoft tenant cannot manage itself")
        return self


class MicrosoftTenantIn(MicrosoftTenantStart):
    """A Microsoft tenant to onboard."""

    credential: CredentialIn | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.access is Access.APP_REGISTRATION and self.credential is None:
            raise ValueError("access by app registration needs a credential")
        return self


class MicrosoftTenantPatch(BaseModel):
    """What can be changed by hand."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None


class CredentialOut(BaseModel):
    """A credential as people may see it: never its value."""

    kind: CredentialKind
    client_id: str
    reference: str | None
    hint: str | None
    expires_at: datetime | None
    expiry_source: ExpirySource | None
    expiry: ExpiryState
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


class OffboardingOut(BaseModel):
    """The certificate of an offboarding: who ended it, when, and which rows were deleted."""

    offboarded_at: datetime
    offboarded_by: str
    data: Literal["keep", "purge"]
    deleted_at: datetime | None
    """None while the deletion has not run yet, or when the data was kept."""
    deleted_rows: dict[str, int]


class TenantsFileIn(BaseModel):
    """The text of a `tenants.yaml`. Secrets stand in it only as references."""

    model_config = ConfigDict(extra="forbid")

    yaml: Annotated[str, Field(min_length=1, max_length=500_000)]


class ImportedOut(BaseModel):
    """What became of one entry of the file."""

    name: str
    entra_tenant_id: UUID
    outcome: Literal["started", "known", "refused"]
    microsoft_tenant_id: UUID | None
    why: str | None


class ImportOut(BaseModel):
    """Entry by entry, in the order in which they were taken: managing Microsoft tenants first."""

    items: list[ImportedOut]
