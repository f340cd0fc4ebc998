"""The fleet as a file: exactly what is filtered. A figure that is not known says why instead of being zero."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from tenantry.governance.overview.models import Summary
from tenantry.governance.overview.queries import FleetFilter, fleet_page, health_of
from tenantry.kit.pagination import Page, PageQuery
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Row, Value
from tenantry.web.states import state_named

HEADER: Final = (
    *("Microsoft tenant", "Directory (tenant) id", "Default domain", "Country", "Access", "Entra ID licence"),
    *("Health", "Problem", "Credential ends", "Last collection", "Members", "Guests", "MFA capable", "MFA known"),
    *("Privileged", "Privileged without MFA", "Stale", "Resources", "Orphans"),
    *("Datasets without access", "Datasets not licensed", "Datasets not finished", "Subscriptions lost"),
)
_FIGURES: Final = (
    ("members", "people"),
    ("guests", "people"),
    ("mfa_capable", "mfa"),
    ("mfa_known", "mfa"),
    ("privileged", "privileged"),
    ("privileged_without_mfa", "privileged"),
    ("stale", "stale"),
    ("resources", "resources"),
    ("orphans", "resources"),
)


def fleet_rows(work: Work, wanted: FleetFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    now = work.clock.now()

    def read(own: Work, page: PageQuery) -> Page[Row]:
        return fleet_page(own, wanted, page, now, sort).map(lambda row: _row(*row))

    return every_row(work, read)


def _row(tenant: Any, summary: Summary | None, expires_at: datetime | None) -> Row:
    counts = (
        *((summary.without_access, summary.not_licensed) if summary else (None, None)),
        *((summary.unfinished, summary.lost_subscriptions) if summary else (None, None)),
    )
    return (
        tenant.name,
        str(tenant.entra_tenant_id),
        tenant.default_domain,
        tenant.country,
        tenant.access.value,
        summary.licence if summary else None,
        state_named(health_of(tenant)).word,
        tenant.problem_message,
        expires_at and expires_at.date().isoformat(),
        summary.collected_at if summary else None,
        *(_figure(tenant.access.value, summary, column, group) for column, group in _FIGURES),
        *counts,
    )


def _figure(access: str, summary: Summary | None, column: str, group: str) -> Value:
    value: int | None = getattr(summary, column) if summary else None
    return state_named(figure_state(access, summary, group)).word if value is None else value


def figure_state(access: str, summary: Summary | None, group: str) -> str:
    """Why a figure is missing, or how its newest collection ended."""
    if access == "lighthouse" and group != "resources":
        return "out_of_reach"
    return (summary.states or {}).get(group, "never") if summary else "never"
