"""What is unused as a file: exactly what is filtered, in the order of the page."""

from collections.abc import Iterator
from typing import Final

from tenantry.governance.resources.orphans import ALL_REASONS
from tenantry.governance.resources.queries import Names, names_of
from tenantry.governance.resources.unused import queries
from tenantry.governance.resources.unused.models import UnusedSpan
from tenantry.governance.resources.unused.queries import UnusedFilter
from tenantry.kit.pagination import Page, PageQuery
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Row

COLUMNS: Final = (
    *("Microsoft tenant", "Name", "Type", "Resource group", "Subscription", "Subscription id", "Location", "SKU"),
    *("Reason", "Condition", "First seen", "Days", "Ended", "Ending", "Currency", "Monthly cost", "Accrued cost"),
    *("Cost", "Accrued from", "Accrued until", "Azure id"),
)


def unused_rows(work: Work, wanted: UnusedFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    now = work.clock.now()

    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = queries.unused(own, wanted, page, sort, count=False)
        names = names_of(own, found.items)
        return found.map(lambda row: _row(row, names, ((row.ended_at or now) - row.first_seen).days))

    return every_row(work, read)


def _row(row: UnusedSpan, names: Names, days: int) -> Row:
    return (
        names.tenants.get(row.microsoft_tenant_id),
        row.name,
        row.resource_type,
        row.resource_group,
        names.subscription(row),
        row.subscription_key,
        row.location,
        row.sku,
        row.reason,
        ALL_REASONS[row.reason].condition if row.reason in ALL_REASONS else None,
        row.first_seen,
        days,
        row.ended_at,
        row.ending.value if row.ending else None,
        row.currency,
        _amount(row.monthly_micros),
        _amount(row.accrued_micros),
        "not known" if not row.is_cost_known else "estimated by list price" if row.is_estimated else "billed",
        row.cost_from.isoformat() if row.cost_from else None,
        row.cost_until.isoformat() if row.cost_until else None,
        row.item_key,
    )


def _amount(micros: int | None) -> str | None:
    """A text: no spreadsheet adds up a column of several currencies by accident."""
    return None if micros is None else f"{micros / 1_000_000:.2f}"
