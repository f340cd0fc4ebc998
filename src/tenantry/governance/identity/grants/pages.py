"""`/identity/privileged`: one row per holder, privilege and way to it."""

from collections.abc import Iterator
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.identity.frame import EXPORTS, chips, tabs, tenants
from tenantry.governance.identity.gaps import gaps
from tenantry.governance.identity.grants.filters import GrantSort, GrantsWanted
from tenantry.governance.identity.grants.queries import DATASETS, GrantFilter, grants
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.privileges.models import Holder
from tenantry.kit.pagination import Page, PageQuery, PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Ending, Row, download

pages = Pages("/identity/privileged")

MFA_WORDS: Final = {
    "true": "registered",
    "false": "none",
    "unknown": "not known",
    "phishing_resistant": "phishing-resistant",
    "strong": "strong",
    "weak": "weak",
    "none": "none",
}
WORDS: Final = {
    "system": ("Where", {"entra": "Entra", "azure": "Azure", "application": "application permission"}),
    "holder": (
        "Holder",
        {"user": "person", "group": "group", "service_principal": "application", "unknown": "unknown"},
    ),
    "holding": ("Held", {"active": "active", "activated": "activated", "eligible": "eligible"}),
    "through": ("Group", {"true": "through a group", "false": "directly"}),
    "mfa": ("MFA", MFA_WORDS),
    "guest": ("Guests", {"true": "only guests", "false": "no guests"}),
    "permanent": ("Ends", {"true": "never", "false": "some day"}),
    "role": ("Role begins with", {}),
}
_COLUMNS: Final = (
    *("Microsoft tenant", "Holder", "Kind", "Principal name", "Guest", "Enabled", "Where", "Role", "Scope"),
    *("Scope id", "Held", "Through group", "Permanent", "Ends", "MFA", "Last sign-in", "Object id"),
)


@pages.get("", needs=READ)
def privileged(
    view: View, request: Request, page: PageQueryParameter, wanted: GrantsWanted, sort: GrantSort
) -> Response:
    work, options = view.work, dict(request.query_params)
    choice = tenants(work)
    return view.page(
        "governance/identity/grants/privileged.html",
        rows=grants(work, wanted, page, sort),
        current={"sort": sort[0], "down": sort[1], "options": options},
        tenants=choice,
        words=WORDS,
        chips=_chips(options, choice),
        gaps=gaps(work.session, DATASETS, wanted.microsoft_tenant_id, work.actor.scope),
        tabs=tabs(options),
        exports=EXPORTS,
    )


@pages.get("/export.{ending}", needs=READ)
def export(view: View, request: Request, ending: Ending, wanted: GrantsWanted, sort: GrantSort) -> Response:
    """Exactly what is filtered, in the order of the page."""
    work = view.work
    record_now(
        work.platform.databases,
        work.actor,
        work.clock,
        "identity.exported",
        view="privileged",
        format=ending.value,
        filters={key: value for key, value in request.query_params.items() if value},
        microsoft_tenant_id=wanted.microsoft_tenant_id,
    )
    return download("privileged", ending, _COLUMNS, _rows(work, wanted, sort))


def _rows(work: Work, wanted: GrantFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        return grants(own, wanted, page, sort, count_to=None).map(_row)

    return every_row(work, read)


def _row(row: Any) -> Row:
    grant, tenant = row
    return (
        tenant.name,
        grant.name,
        grant.holder.value,
        grant.login,
        grant.is_guest,
        grant.is_enabled,
        grant.system.value,
        grant.role,
        grant.scope_name,
        grant.scope,
        grant.holding.value,
        grant.through_name,
        grant.is_permanent,
        grant.ends_at,
        (grant.strength or "unknown") if grant.holder is Holder.USER else None,
        grant.last_sign_in_at,
        grant.holder_key,
    )


def _chips(options: dict[str, str], choice: list[Any]) -> list[tuple[str, str, str]]:
    role = [("role", "Role begins with", options["role"])] if options.get("role") else []
    return [*chips(options, choice, WORDS), *role]
