"""What the palette asks while somebody types."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Query
from starlette.responses import JSONResponse, Response

from tenantry.kit.text import revealed
from tenantry.platform.doors import Pages, View
from tenantry.platform.search.registry import find

pages = Pages()


@pages.get("/search.json", needs=None)
def search(view: View, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Things whose name begins with the text."""
    found = [asdict(one) for one in find(view.work, q.replace("\x00", ""))]
    return JSONResponse({"items": [{name: revealed(value) for name, value in one.items()} for one in found]})
