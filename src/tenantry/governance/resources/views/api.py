"""`/api/v1/resources/views`: saved views."""

from uuid import UUID

from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.views.models import Place, SavedView
from tenantry.governance.resources.views.schemas import SavedViewIn, SavedViewOut, SavedViewPatch
from tenantry.governance.resources.views.service import SavedViews, ViewNameTaken, address_of, unknown_options
from tenantry.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/resources/views", "resources")


@api.get("", needs=READ, response_model=list[SavedViewOut])
def list_views(work: Work, place: Place | None = None) -> list[SavedViewOut]:
    """One's own views, and those shared in the organisation, by name."""
    return [_shown(work, row) for row in SavedViews(work).all(place)]


@api.post("", needs=READ, status_code=201, response_model=SavedViewOut, errors=[ViewNameTaken, Conflict, InvalidInput])
def keep_view(work: Work, wanted: SavedViewIn) -> SavedViewOut:
    """Keeps the filters of a list under a name."""
    return _shown(work, SavedViews(work).keep(wanted))


@api.get("/{view_id}", needs=READ, response_model=SavedViewOut, errors=[NotFound])
def view(work: Work, view_id: UUID) -> SavedViewOut:
    """One view."""
    return _shown(work, SavedViews(work).get(view_id))


@api.patch(
    "/{view_id}", needs=READ, response_model=SavedViewOut, errors=[NotFound, ViewNameTaken, InvalidInput, Forbidden]
)
def change_view(work: Work, view_id: UUID, wanted: SavedViewPatch) -> SavedViewOut:
    """Renames a view, shares it, or gives it other filters."""
    return _shown(work, SavedViews(work).change(view_id, wanted))


@api.delete("/{view_id}", needs=READ, status_code=204, errors=[NotFound, Forbidden])
def delete_view(work: Work, view_id: UUID) -> None:
    """Deletes a view; what it shows stays where it is."""
    SavedViews(work).delete(view_id)


def _shown(work: Work, row: SavedView) -> SavedViewOut:
    return SavedViewOut(
        id=row.id,
        name=row.name,
        place=row.place,
        options=row.options,
        is_shared=row.is_shared,
        is_own=row.user_id == work.actor.user_id,
        created_at=row.created_at,
        unknown_options=unknown_options(row),
        address=address_of(row),
    )
