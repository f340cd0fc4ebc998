"""What the pages of this slice share: tabs, numbers, the choice of Microsoft tenants, and saved views."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.resources import choices
from tenantry.governance.resources.figures import figures
from tenantry.governance.resources.orphans import ALL_REASONS, BILLED, REASONS
from tenantry.governance.resources.permissions import GOVERN
from tenantry.governance.resources.views.models import Place, SavedView
from tenantry.governance.resources.views.places import options_of
from tenantry.governance.resources.views.service import SavedViews, address_of, unknown_options
from tenantry.platform.doors import View

Chips = list[tuple[str, str, str]]


def shown(
    view: View,
    request: Request,
    template: str,
    here: str,
    tenant: UUID | None,
    *,
    place: Place | None = None,
    **values: Any,
) -> Response:
    """A page of this slice: `here` is its tab, `place` the list whose views can be kept."""
    options = dict(request.query_params)
    shared = {
        "here": here,
        "tenant": tenant,
        "tenants": choices.microsoft_tenants(view.work),
        "numbers": values.pop("numbers", None) or figures(view.work, tenant),
        "reasons": REASONS,
        "conditions": {key: reason.condition for key, reason in ALL_REASONS.items()},
        "billed": BILLED,
        "options": options,
        "saved": _saved(view, place, options) if place else None,
    }
    return view.page(f"governance/resources/{template}.html", **shared, **values)


def _saved(view: View, place: Place, options: dict[str, str]) -> dict[str, Any]:
    """The views of a list, and which of them is shown."""
    rows = SavedViews(view.work).all(place)
    chosen = next((row for row in rows if str(row.id) == options.get("view")), None)
    asked = {name: value for name, value in options.items() if name in options_of(place) and value}
    return {
        "place": place.value,
        "links": [(row.name, address_of(row), row.is_shared) for row in rows],
        "chosen": chosen,
        "unknown": unknown_options(chosen) if chosen else [],
        "is_changed": chosen is not None and asked != _known(chosen),
        "asked": urlencode(asked),
        "may_share": view.may(GOVERN),
    }


def _known(row: SavedView) -> dict[str, str]:
    return {name: value for name, value in row.options.items() if name in options_of(row.place)}
