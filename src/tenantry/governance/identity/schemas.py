"""Identity as programs read it. What is not known is null, never zero; `coverage` says what an answer rests on."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tenantry.governance.identity.beside import Access
from tenantry.governance.identity.coverage import Coverage
from tenantry.governance.identity.details import Person
from tenantry.kit.pagination import Page

MfaStrength = Literal["phishing_resistant", "strong", "weak", "none", "unknown"]
MFA = "By the strongest method; `unknown` where the registration report does not speak of somebody. Null: no person."


class CoverageOut(BaseModel):
    """One dataset an answer rests on, over the Microsoft tenants in question."""

    dataset: str
    title: str
    microsoft_tenants: int
    known: int = Field(description="Of how many something is shown.")
    states: dict[str, int] = Field(
        description="How the newest attempts ended; `never` was not collected, `out_of_reach` has Azure alone."
    )
    oldest: datetime | None = Field(description="The age of the oldest of what is shown.")
    missing_permissions: list[str]

    @classmethod
    def every(cls, found: Iterable[Coverage]) -> list[Self]:
        return [
            cls(
                dataset=one.dataset,
                title=one.title,
                microsoft_tenants=one.tenants,
                known=one.known,
                states=dict(one.states),
                oldest=one.oldest,
                missing_permissions=sorted(one.permissions),
            )
            for one in found
        ]


class PageOut(BaseModel):
    """A page. With `total_is_more` there are more than `total`."""

    next_cursor: str | None
    total: int | None
    total_is_more: bool
    coverage: list[CoverageOut]

    @staticmethod
    def of(page: Page[Any], coverage: Iterable[Coverage]) -> dict[str, Any]:
        """What every page says."""
        return {
            "next_cursor": page.next_cursor,
            "total": page.total,
            "total_is_more": page.is_more,
            "coverage": CoverageOut.every(coverage),
        }


class PersonOut(BaseModel):
    """An account of a Microsoft tenant."""

    id: UUID
    object_id: str
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    display_name: str
    user_principal_name: str
    mail: str | None
    user_type: Literal["member", "guest"]
    is_enabled: bool
    is_synced: bool
    department: str | None
    created_on: datetime | None
    licences: int
    mfa: MfaStrength = Field(description=MFA)
    mfa_methods: list[str] | None
    last_sign_in_at: datetime | None
    sign_in: Literal["signed_in", "never", "unknown"] = Field(description="Unknown where none is known.")

    @staticmethod
    def values(row: Any, *, sign_ins_known: bool) -> dict[str, Any]:
        """Of a row of the people queries."""
        user, tenant, registration, sign_in = row
        last = sign_in.last_sign_in_at if sign_in else None
        return {
            "id": user.id,
            "object_id": user.item_key,
            "microsoft_tenant_id": tenant.id,
            "microsoft_tenant": tenant.name,
            "display_name": user.display_name,
            "user_principal_name": user.user_principal_name,
            "mail": user.mail,
            "user_type": user.user_type,
            "is_enabled": user.is_enabled,
            "is_synced": user.is_synced,
            "department": user.department,
            "created_on": user.created_on,
            "licences": user.licences,
            "mfa": (registration.strength if registration else None) or "unknown",
            "mfa_methods": registration.methods if registration else None,
            "last_sign_in_at": last,
            "sign_in": "signed_in" if last else "never" if sign_ins_known else "unknown",
        }


class PeopleOut(PageOut):
    items: list[PersonOut]


class AccessOut(BaseModel):
    """What somebody can reach, counted."""

    model_config = ConfigDict(from_attributes=True)

    groups: int | None = Field(description="Null is not known; so are the others.")
    applications: int | None
    azure_roles: int | None
    privileges: list[str] = Field(description="Roles and application permissions that are privileged.")


class GuestOut(PersonOut):
    invitation: str | None = Field(description="As Microsoft says it: `PendingAcceptance` or `Accepted`.")
    sponsors: list[str] | None = Field(description="Who answers for the guest; null is not known.")
    access: AccessOut

    @classmethod
    def of(cls, row: Any, access: Access, sponsors: list[str] | None, *, sign_ins_known: bool) -> Self:
        shown = AccessOut.model_validate(access)
        values = cls.values(row, sign_ins_known=sign_ins_known)
        return cls(**values, invitation=row[0].invitation_state, sponsors=sponsors, access=shown)


class GuestsOut(PageOut):
    items: list[GuestOut]


class StaleOut(PersonOut):
    reason: Literal["never_signed_in", "no_sign_in_since"]
    days: int | None = Field(description="Since the last sign-in; null where there never was one.")
    privileges: list[str]


class StalePageOut(PageOut):
    days: int = Field(description="From how many days on one is stale.")
    items: list[StaleOut]


class CredentialOut(BaseModel):
    """A secret or a certificate of an app registration."""

    id: UUID
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    application: str
    application_id: str = Field(description="The client id.")
    kind: Literal["secret", "certificate"]
    label: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    state: Literal["expired", "ending", "valid", "endless"] = Field(description="`ending` is within thirty days.")
    is_long_lived: bool = Field(description="Valid for more than two years.")
    owners: list[str] | None = Field(description="Null is not known; an empty list is nobody.")


class CredentialsOut(PageOut):
    items: list[CredentialOut]


class RoleOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    role: str
    is_privileged: bool
    holding: str
    scope: str
    through: str | None
    ends_at: datetime | None
    is_permanent: bool | None


class GroupOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    object_id: str = Field(validation_alias="key")
    name: str
    kind: str


class AzureAccessOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    role: str
    scope: str
    scope_name: str
    level: str
    through: str | None
    is_privileged: bool


class AppAccessOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    application: str
    role: str | None
    through: str | None


class ElsewhereOut(BaseModel):
    """An account of the same address in another Microsoft tenant. An address is no proof of being the same person."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    name: str
    login: str
    user_type: str
    is_enabled: bool
    mfa: MfaStrength = Field(description=MFA)
    last_sign_in_at: datetime | None
    privileges: int


class DataAgeOut(BaseModel):
    """What a part of the answer is made of: the newest attempt, and the age of what is shown."""

    title: str
    state: str
    complete_at: datetime | None


class PersonAccessOut(BaseModel):
    """Everything one person can reach."""

    person: PersonOut
    invitation: str | None
    sponsors: list[str] | None
    roles: list[RoleOut]
    groups: list[GroupOut]
    groups_not_searched: int = Field(description="Groups too large to be told member by member.")
    azure: list[AzureAccessOut]
    applications: list[AppAccessOut]
    licences: list[str]
    elsewhere: list[ElsewhereOut]
    data: list[DataAgeOut]

    @classmethod
    def of(cls, found: Person) -> Self:
        reach = found.reach
        row = (found.user, found.tenant, found.registration, found.sign_in)
        return cls(
            person=PersonOut(**PersonOut.values(row, sign_ins_known=found.are_sign_ins_known)),
            invitation=found.user.invitation_state,
            sponsors=None if reach.sponsors is None else list(reach.sponsors),
            roles=[RoleOut.model_validate(one) for one in found.roles],
            groups=[GroupOut.model_validate(one) for one in reach.groups],
            groups_not_searched=reach.large_groups,
            azure=[AzureAccessOut.model_validate(one) for one in reach.azure],
            applications=[AppAccessOut.model_validate(one) for one in reach.applications],
            licences=list(reach.licences),
            elsewhere=[ElsewhereOut.model_validate(one) for one in reach.elsewhere],
            data=[DataAgeOut(title=title, state=state, complete_at=at) for title, state, at in found.ages],
        )
