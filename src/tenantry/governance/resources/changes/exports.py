"""Changes as a file: exactly what is filtered, the newest first."""

from collections.abc import Iterator
from typing import Any, Final

from tenantry.governance.resources.changes import queries
from tenantry.governance.resources.changes.models import ResourceChange
from tenantry.governance.resources.changes.queries import ChangeFilter
from tenantry.governance.resources.queries import Names, names_of
from tenantry.kit.pagination import Page, PageQuery
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Row

COLUMNS: Final = (
    *("When", "Who", "Kind of actor", "Client", "Change", "Operation", "Microsoft tenant", "Subscription"),
    *("Name", "Type", "Changes", "Azure id"),
)


def change_rows(work: Work, wanted: ChangeFilter) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = queries.changes(own, wanted, page, count=False)
        names = names_of(own, found.items)
        return found.map(lambda row: _row(row, names))

    return every_row(work, read)


def _row(row: ResourceChange, names: Names) -> Row:
    return (
        row.changed_at,
        row.changed_by or None,
        row.changed_by_type,
        row.client,
        row.kind,
        row.operation,
        names.tenants.get(row.microsoft_tenant_id),
        names.subscription(row),
        row.name,
        row.resource_type,
        [f"{path}: {_text(old)} → {_text(new)}" for path, (old, new) in row.changes.items()],
        row.resource_key,
    )


def _text(value: Any) -> str:
    return "(absent)" if value is None else str(value)
