"""`/resources/views`: saved views, by name."""

from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Form
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.resources.permissions import GOVERN, READ
from tenantry.governance.resources.presentation import shown
from tenantry.governance.resources.views.models import Place, SavedView
from tenantry.governance.resources.views.schemas import SavedViewIn, SavedViewPatch
from tenantry.governance.resources.views.service import SavedViews, address_of, unknown_options
from tenantry.kit.errors import InvalidInput
from tenantry.platform.doors import Pages, View

HOME = "/resources/views"
pages = Pages(HOME)

Name = Annotated[str, Form(max_length=200)]
Flag = Annotated[str, Form(max_length=5)]
_NAME = "a view needs a name of 1 to 100 characters, without control characters"


@pages.get("", needs=READ)
def views(view: View, request: Request) -> Response:
    service = SavedViews(view.work)
    rows = [(row, address_of(row), unknown_options(row), service.may_change(row)) for row in service.all()]
    return shown(
        view, request, "views_page/views", "views", None, views=rows, may_share=view.may(GOVERN), own=_own(view)
    )


@pages.post("", needs=READ)
def keep(
    view: View,
    name: Name = "",
    place: Annotated[Place, Form()] = Place.RESOURCES,
    options: Annotated[str, Form(max_length=4000)] = "",
    shared: Flag = "",
) -> Response:
    try:
        wanted = SavedViewIn(name=name, place=place, options=dict(parse_qsl(options)), is_shared=shared == "on")
    except ValidationError as error:
        raise InvalidInput(why=_NAME) from error
    row = SavedViews(view.work).keep(wanted)
    return view.redirect(address_of(row), f"{row.name} was saved.")


@pages.post("/{view_id}", needs=READ)
def change(view: View, view_id: UUID, name: Name = "", shared: Flag = "") -> Response:
    try:
        wanted = SavedViewPatch(name=name, is_shared=shared == "on")
    except ValidationError as error:
        raise InvalidInput(why=_NAME) from error
    row = SavedViews(view.work).change(view_id, wanted)
    return view.redirect(HOME, f"{row.name} was changed.")


@pages.post("/{view_id}/delete", needs=READ)
def delete(view: View, view_id: UUID) -> Response:
    name = SavedViews(view.work).delete(view_id)
    return view.redirect(HOME, f"{name} was deleted.")


def _own(view: View) -> set[UUID]:
    rows: list[SavedView] = list(SavedViews(view.work).all())
    return {row.id for row in rows if row.user_id == view.work.actor.user_id}
