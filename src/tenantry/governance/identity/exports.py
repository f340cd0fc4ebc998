"""Exactly what is filtered, in the order of the page: read page by page, in short transactions of their own."""

from collections.abc import Iterator
from typing import Any, Final

from tenantry.governance.identity.lists import TENANT, DirectoryList, ListFilter
from tenantry.governance.identity.queries import People, PeopleFilter, people, roles_of
from tenantry.kit.pagination import Page, PageQuery
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Row

PEOPLE_COLUMNS: Final = (
    *("Microsoft tenant", "Name", "User principal name", "Mail", "Type", "Enabled", "MFA", "Methods", "Licences"),
    *("Department", "Synced", "Last sign-in", "Created", "Privileged roles"),
)


def people_rows(work: Work, wanted: PeopleFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    now = work.clock.now()

    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = people(own.session, wanted, page, now, sort)
        roles = roles_of(own.session, found.items) if wanted.view is People.PRIVILEGED else {}
        return found.map(lambda row: _person(row, roles))

    return every_row(work, read)


def _person(row: Any, roles: dict[Any, list[tuple[str, str]]]) -> Row:
    user, tenant, registration, sign_in = row
    held = roles.get((tenant.id, user.item_key), [])
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
        [f"{role} ({holding})" for role, holding in held],
    )


def list_columns(listed: DirectoryList) -> list[str]:
    return [column.label for column in (TENANT, *listed.columns)]


def list_rows(work: Work, listed: DirectoryList, wanted: ListFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    columns = (TENANT, *listed.columns)

    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = listed.rows(own.session, wanted, page, sort, count_to=None)
        return found.map(lambda row: [column.read(row) for column in columns])

    return every_row(work, read)
