"""`/api/v1/identity`: people, guests, stale accounts, one person's access, and credentials of applications."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query

from tenantry.governance.identity.beside import access_of, sponsors_of
from tenantry.governance.identity.coverage import coverage
from tenantry.governance.identity.credentials import (
    DATASETS,
    EXPIRED,
    WITHIN,
    CredentialFilter,
    credentials,
    is_long_lived,
    state_of,
)
from tenantry.governance.identity.details import person
from tenantry.governance.identity.filters import Flag, Flags, Key, PeopleSort, PeopleWanted, choice
from tenantry.governance.identity.gaps import PEOPLE
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.queries import People, PeopleFilter, people, sign_ins_known
from tenantry.governance.identity.schemas import (
    CredentialOut,
    CredentialsOut,
    GuestOut,
    GuestsOut,
    PageOut,
    PeopleOut,
    PersonAccessOut,
    PersonOut,
    StaleOut,
    StalePageOut,
)
from tenantry.kit.errors import BadRequest, NotFound
from tenantry.kit.pagination import COUNT_TO, Page, PageQuery, PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/identity", "identity")

_ACCESS: Final = ("entra.group_members", "entra.app_users", "azure.role_assignments", "entra.role_assignments")
_GUESTS: Final = (*PEOPLE, "entra.guest_sponsors", *_ACCESS)
Ends = Annotated[str, Query(pattern=choice([EXPIRED, *WITHIN]), description="Expired, or within so many days.")]
Kind = Annotated[str, Query(pattern="^(|secret|certificate)$")]


@api.get("/people", needs=READ, response_model=PeopleOut, errors=[BadRequest, NotFound])
def list_people(work: Work, wanted: PeopleWanted, page: PageQueryParameter, sort: PeopleSort) -> PeopleOut:
    """Members of the Microsoft tenants."""
    found, known = _people(work, replace(wanted, view=People.USERS), page, sort)
    items = [PersonOut(**PersonOut.values(row, sign_ins_known=row[1].id in known)) for row in found.items]
    return PeopleOut(items=items, **PageOut.of(found, coverage(work, PEOPLE, wanted.microsoft_tenant_id)))


@api.get("/people/{user_id}", needs=READ, response_model=PersonAccessOut, errors=[NotFound])
def get_person(work: Work, user_id: UUID) -> PersonAccessOut:
    """One person's access across everything: roles, groups, Azure, applications, licences, other Microsoft tenants."""
    return PersonAccessOut.of(person(work, user_id))


@api.get("/guests", needs=READ, response_model=GuestsOut, errors=[BadRequest, NotFound])
def list_guests(work: Work, wanted: PeopleWanted, page: PageQueryParameter, sort: PeopleSort) -> GuestsOut:
    """Guests, with who answers for them and what they can reach."""
    found, known = _people(work, replace(wanted, view=People.GUESTS), page, sort)
    access, sponsors = access_of(work.session, found.items), sponsors_of(work.session, found.items)
    items = [
        GuestOut.of(row, access[_who(row)], sponsors.get(_who(row)), sign_ins_known=row[1].id in known)
        for row in found.items
    ]
    return GuestsOut(items=items, **PageOut.of(found, coverage(work, _GUESTS, wanted.microsoft_tenant_id)))


@api.get("/stale", needs=READ, response_model=StalePageOut, errors=[BadRequest, NotFound])
def list_stale(work: Work, wanted: PeopleWanted, page: PageQueryParameter, sort: PeopleSort) -> StalePageOut:
    """Accounts that can sign in and did not for `days`; nobody where sign-ins are not known: see `coverage`."""
    found, known = _people(work, replace(wanted, view=People.STALE), page, sort)
    access, now = access_of(work.session, found.items), work.clock.now()
    items = [_stale(row, access[_who(row)].privileges, now, known) for row in found.items]
    told = coverage(work, PEOPLE, wanted.microsoft_tenant_id)
    return StalePageOut(days=wanted.stale_after.days, items=items, **PageOut.of(found, told))


@api.get("/credentials", needs=READ, response_model=CredentialsOut, errors=[BadRequest, NotFound])
def list_credentials(
    work: Work,
    page: PageQueryParameter,
    tenant: Key = None,
    ends: Ends = "",
    kind: Kind = "",
    owned: Flag = "",
) -> CredentialsOut:
    """Secrets and certificates of app registrations, those that end first on top, with who owns the application."""
    wanted = CredentialFilter(tenant, ends or None, kind or None, Flags[owned])
    found, now = credentials(work, wanted, page), work.clock.now()
    items = [_credential(row, now) for row in found.items]
    return CredentialsOut(items=items, **PageOut.of(found, coverage(work, DATASETS, tenant)))


def _people(
    work: Work, wanted: PeopleFilter, page: PageQuery, sort: tuple[str, bool]
) -> tuple[Page[Any], frozenset[UUID]]:
    """With the Microsoft tenants of the page whose sign-ins are known."""
    work.actor.require(READ, on=wanted.microsoft_tenant_id)
    chosen = replace(wanted, scope=work.actor.scope)
    found = people(work.session, chosen, page, work.clock.now(), sort, count_to=COUNT_TO)
    return found, sign_ins_known(work.session, found.items)


def _who(row: Any) -> tuple[UUID, str]:
    return row[1].id, row[0].item_key


def _stale(row: Any, privileges: list[str], now: datetime, known: frozenset[UUID]) -> StaleOut:
    last = row[3].last_sign_in_at if row[3] else None
    return StaleOut(
        **PersonOut.values(row, sign_ins_known=row[1].id in known),
        reason="no_sign_in_since" if last else "never_signed_in",
        days=(now - last).days if last else None,
        privileges=privileges,
    )


def _credential(row: Any, now: datetime) -> CredentialOut:
    credential, application, tenant, owners = row
    return CredentialOut(
        id=credential.id,
        microsoft_tenant_id=tenant.id,
        microsoft_tenant=tenant.name,
        application=application.display_name,
        application_id=application.app_key,
        kind=credential.kind,
        label=credential.label,
        starts_at=credential.starts_at,
        ends_at=credential.ends_at,
        state=state_of(credential.ends_at, now),
        is_long_lived=is_long_lived(credential),
        owners=owners.owners if owners else None,
    )
