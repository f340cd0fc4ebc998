"""Exactly what is filtered, in the order of the page: read page by page, in short transactions of their own."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from tenantry.governance.identity.beside import Access, Who, access_of, sponsors_of
from tenantry.governance.identity.credentials import CredentialFilter, credentials, is_long_lived, state_of
from tenantry.governance.identity.lists import TENANT, DirectoryList, ListFilter
from tenantry.governance.identity.queries import PeopleFilter, people
from tenantry.kit.pagination import Page, PageQuery
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Row

PEOPLE_COLUMNS: Final = (
    *("Microsoft tenant", "Name", "User principal name", "Mail", "Type", "Enabled", "MFA", "Methods", "Licences"),
    *("Department", "Synced", "Last sign-in", "Created", "Privileges", "Strongest method", "Invitation", "Sponsors"),
    *("Groups", "Applications", "Azure roles"),
)
CREDENTIAL_COLUMNS: Final = (
    *("Microsoft tenant", "Application", "Application (client) id", "Kind", "Label", "Starts", "Ends", "State"),
    *("Long-lived", "Owners"),
)


def people_rows(work: Work, wanted: PeopleFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    now = work.clock.now()

    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = people(own.session, wanted, page, now, sort)
        access, sponsors = access_of(own.session, found.items), sponsors_of(own.session, found.items)
        return found.map(lambda row: _person(row, access, sponsors))

    return every_row(work, read)


def _person(row: Any, access: dict[Who, Access], sponsors: dict[Who, list[str]]) -> Row:
    user, tenant, registration, sign_in = row
    who = tenant.id, user.item_key
    reach = access[who]
    return (
        tenant.name,
        user.display_name,
        user.user_principal_name,
        user.mail,
        user.user_type,
        user.is_enabled,
        "unknown" if registration is None else "yes" if registration.is_mfa_capable else "no",
        registration.methods if registration else None,
        user.licences,
        user.department,
        user.is_synced,
        sign_in.last_sign_in_at if sign_in else None,
        user.created_on,
        reach.privileges,
        (registration.strength if registration else None) or "unknown",
        user.invitation_state,
        sponsors.get(who),
        reach.groups,
        reach.applications,
        reach.azure_roles,
    )


def credential_rows(work: Work, wanted: CredentialFilter) -> Iterator[Row]:
    now = work.clock.now()

    def read(own: Work, page: PageQuery) -> Page[Row]:
        return credentials(own, wanted, page, count_to=None).map(lambda row: _credential(row, now))

    return every_row(work, read)


def _credential(row: Any, now: datetime) -> Row:
    credential, application, tenant, owners = row
    return (
        tenant.name,
        application.display_name,
        application.app_key,
        credential.kind,
        credential.label,
        credential.starts_at,
        credential.ends_at,
        state_of(credential.ends_at, now),
        is_long_lived(credential),
        owners.owners if owners else None,
    )


def list_columns(listed: DirectoryList) -> list[str]:
    return [column.label for column in (TENANT, *listed.columns)]


def list_rows(work: Work, listed: DirectoryList, wanted: ListFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    columns = (TENANT, *listed.columns)

    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = listed.rows(own.session, wanted, page, sort, count_to=None)
        return found.map(lambda row: [column.read(row) for column in columns])

    return every_row(work, read)
