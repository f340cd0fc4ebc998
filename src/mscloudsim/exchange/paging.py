"""Answers of cmdlets, a page at a time: the same body is posted again to the link of the last page."""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from mscloudsim.errors import ExchangeRefusal
from mscloudsim.exchange.cmdlets import Rows
from mscloudsim.http import Request

_MOST: Final = 1000
_SHOWN: Final = 1000
_PREFERRED: Final = re.compile(r"odata\.maxpagesize\s*=\s*(\d+)", re.IGNORECASE)
_WARNING: Final = (
    "By default, only the first 1000 items are returned. Use the ResultSize parameter to specify the number of items "
    'returned. To return all items, specify "-ResultSize Unlimited".'
)
_VALIDATION: Final = "System.Management.Automation.ParameterBindingException"


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins: a position, and how many objects came before it."""

    position: int = 0
    shown: int = 0

    @classmethod
    def of(cls, request: Request) -> "Page":
        """Raises ExchangeRefusal 400 for a token of no making."""
        token = request.query.get("$skiptoken", "0.0")
        position, _, shown = token.partition(".")
        if not (position.isdecimal() and shown.isdecimal() and len(token) < 30):  # noqa: PLR2004 - two numbers
            raise ExchangeRefusal(400, "Microsoft.OData.ODataException", "The skip token is invalid.")
        return cls(int(position), int(shown))


def limit_of(value: Any, *, counted: bool) -> int | None:
    """How many objects ResultSize lets through; None for all. Raises ExchangeRefusal 400 for what it is not."""
    if not counted or str(value).lower() == "unlimited":
        return None
    if value is None:
        return _SHOWN
    if not str(value).isdecimal() or int(value) < 1:
        raise ExchangeRefusal(
            400, _VALIDATION, f"Cannot process argument transformation on 'ResultSize': {value!r:.40}."
        )
    return int(value)


def page_of(rows: Rows, request: Request, start: Page, limit: int | None, context: str) -> dict[str, Any]:
    """One page of rows, with a link while there are more of them."""
    size = _size(request)
    left = None if limit is None else limit - start.shown
    wanted = size if left is None else min(size, left)
    taken = list(islice(rows, wanted + 1))
    body: dict[str, Any] = {"@odata.context": context, "value": [_shown(request, item) for _, item in taken[:wanted]]}
    if len(taken) > wanted and (left is None or left > wanted):
        body["@odata.nextLink"] = _link(request, Page(taken[wanted][0], start.shown + wanted))
    elif len(taken) > wanted and limit == _SHOWN:
        body["@adminapi.warnings"] = [_WARNING]
    return body


def _size(request: Request) -> int:
    preferred = _PREFERRED.search(request.header("prefer"))
    return max(1, min(_MOST, int(preferred[1][:9]))) if preferred else _MOST


def _shown(request: Request, item: dict[str, Any]) -> dict[str, Any]:
    """What `$select` names of an object; ids carry their type beside them."""
    names = {name.strip().lower() for name in request.query.get("$select", "").split(",") if name.strip()}
    kept = {name: value for name, value in item.items() if not names or name.lower() in names}
    return {**kept, "Guid@data.type": "System.Guid"} if "Guid" in kept else kept


def _link(request: Request, page: Page) -> str:
    query = {name: value for name, value in request.query.items() if name != "$skiptoken"}
    query["$skiptoken"] = f"{page.position}.{page.shown}"
    return f"{request.base_url}{request.path}?{urlencode(query, safe='$,')}"
