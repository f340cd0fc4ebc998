"""Microsoft tenants as document 003 words them. Secrets come in and never go out."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tenantry.estate.models import Connection, CredentialKind, Lifecycle, MicrosoftTenant
from tenantry.estate.schemas import CredentialIn, MicrosoftTenantIn, MicrosoftTenantStart, Name
from tenantry.kit.secret import Secret
from tenantry.posture.scans.models import AuthMethod
from tenantry.posture.user_credentials.schemas import Password, UserCredentialIn, Username

_STATUS = {Lifecycle.ACTIVE: "active", Lifecycle.PAUSED: "inactive", Lifecycle.OFFBOARDED: "inactive"}
Method = CredentialKind | Literal[AuthMethod.USERNAME_PASSWORD]
"""The kind of the credential, or that there are only a user name and a password."""


class _Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    client_id: UUID | None = None
    client_secret: Secret | None = None
    certificate: Annotated[Secret | None, Field(description="PEM of the certificate together with its key.")] = None
    username: Username | None = None
    password: Password | None = None

    @model_validator(mode="after")
    def _is_one_credential(self) -> Self:
        given = [one for one in (self.client_secret, self.certificate) if one is not None]
        if len(given) > 1 or bool(given) != (self.client_id is not None) or not all(given):
            raise ValueError("give client_id with either client_secret or certificate")
        return self

    @model_validator(mode="after")
    def _has_both_or_none_of_a_user(self) -> Self:
        named = {"username", "password"} & self.model_fields_set
        if len(named) == 1 or (self.username is None) != (self.password is None):
            raise ValueError("give username and password together, or both as null to have them forgotten")
        return self

    @property
    def credential(self) -> CredentialIn | None:
        """None when nothing was given."""
        value = self.client_secret if self.client_secret is not None else self.certificate
        if value is None:
            return None
        kind = CredentialKind.CLIENT_SECRET if self.client_secret else CredentialKind.CERTIFICATE
        return CredentialIn(kind=kind, client_id=self.client_id, value=value)

    @property
    def user_credential(self) -> UserCredentialIn | None:
        """None when nothing was given."""
        if self.username is None or self.password is None:
            return None
        return UserCredentialIn(username=self.username, password=self.password)


class M365TenantIn(_Credentials):
    """A Microsoft tenant to onboard: with an application's credential, a user name and a password, or all of these.

    The native engine and everything that is collected need the application's; the rest is the PowerShell engine's.
    """

    m365_tenant_id: UUID
    m365_tenant_name: Name
    m365_domain: Annotated[str | None, Field(max_length=253)] = None
    description: Annotated[str | None, Field(max_length=2000)] = None

    @model_validator(mode="after")
    def _has_a_credential(self) -> Self:
        if self.credential is None and self.user_credential is None:
            raise ValueError("client_id with client_secret or certificate is needed, or username with password")
        return self

    @property
    def onboarding(self) -> MicrosoftTenantIn | MicrosoftTenantStart:
        """Without the application's credential only its first step: that credential may follow."""
        if self.credential is None:
            return MicrosoftTenantStart(entra_tenant_id=self.m365_tenant_id, name=self.m365_tenant_name)
        return MicrosoftTenantIn(
            entra_tenant_id=self.m365_tenant_id, name=self.m365_tenant_name, credential=self.credential
        )


class M365TenantChange(_Credentials):
    """What is given changes. `username` and `password` as null are forgotten."""

    m365_tenant_name: Name | None = None
    description: Annotated[str | None, Field(max_length=2000)] = None

    @property
    def forgets_user(self) -> bool:
        return "username" in self.model_fields_set and self.username is None


class M365TenantOut(BaseModel):
    id: UUID
    m365_tenant_id: UUID
    m365_tenant_name: str
    m365_domain: str | None
    description: str | None
    status: str
    """active, inactive or error."""
    last_test_at: datetime | None
    last_test_status: str
    last_test_error: str | None
    auth_method: Method | None
    created_at: datetime

    @classmethod
    def of(cls, tenant: MicrosoftTenant, auth_method: Method | None) -> Self:
        broken = tenant.connection is Connection.BROKEN
        return cls(
            id=tenant.id,
            m365_tenant_id=tenant.entra_tenant_id,
            m365_tenant_name=tenant.name,
            m365_domain=tenant.default_domain,
            description=tenant.description,
            status="error" if broken else _STATUS.get(tenant.lifecycle, "inactive"),
            last_test_at=tenant.tested_at,
            last_test_status=tenant.connection.value,
            last_test_error=tenant.problem_message,
            auth_method=auth_method,
            created_at=tenant.created_at,
        )


class M365TenantPageOut(BaseModel):
    """A page of Microsoft tenants by name."""

    items: list[M365TenantOut]
    next_cursor: str | None
    total: int


class MaskedOut(BaseModel):
    """Which credentials there are: never their values."""

    auth_method: Method | None
    client_id: str | None
    secret: str | None
    """Masked, with the last characters that were kept as a hint."""
    reference: str | None
    expires_at: datetime | None
    username: str | None
    """Who the PowerShell scripts sign in as, where the application's credential is none that they can use."""
    password: str | None
    """Masked, whatever it is."""


class PreflightGrant(BaseModel):
    """A permission that is missing, and the controls that cannot be judged without it."""

    permission: str
    datasets: list[str]
    controls: list[str]
    """Numbers in the benchmark."""


class PreflightOut(BaseModel):
    """What a scan would not see. `unknown` are datasets that were never asked for, so nobody knows."""

    m365_tenant_id: UUID
    benchmark: str
    tested_at: datetime | None
    missing: list[PreflightGrant]
    unknown: list[str]
    judged: int
    """Controls whose evidence can be read as far as is known."""
    total: int
