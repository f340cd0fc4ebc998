"""The JSON door."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter, HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from tenantry.kit.errors import AppError, Forbidden, InvalidInput, NotSignedIn
from tenantry.kit.text import place_of_unfit
from tenantry.platform.access import Permission
from tenantry.platform.doors.endpoint import PUBLIC, Needs, endpoint
from tenantry.platform.doors.problems import PROBLEM_SCHEMA

Function = TypeVar("Function", bound=Callable[..., Any])


class _UnfitText(HTTPException):
    """FastAPI lets only these through while it reads a body."""

    def __init__(self, place: tuple[str | int, ...]) -> None:
        super().__init__(422)
        self.place = place


class _Request(Request):
    async def json(self) -> Any:
        document = await super().json()
        if (place := place_of_unfit(document)) is not None:
            raise _UnfitText(place)
        return document


class _Route(APIRoute):
    """Refuses bodies with a text that no database and no document can hold, wherever in them it stands."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            try:
                return await handle(_Request(request.scope, request.receive))
            except _UnfitText as fault:
                message = "A text must not hold NUL or half of a surrogate pair"
                told = {"type": "unfit_text", "loc": ("body", *fault.place), "msg": message}
                raise RequestValidationError([told]) from None

        return checked


class Api:
    """A slice's JSON routes. Each names the permission it needs and the errors it can answer with."""

    def __init__(self, prefix: str, tag: str) -> None:
        self.router = APIRouter(prefix=prefix, tags=[tag], route_class=_Route)

    def get(self, path: str, *, needs: Needs, **options: Any) -> Callable[[Function], Function]:
        return self._route("GET", path, needs, **options)

    def post(self, path: str, *, needs: Needs, **options: Any) -> Callable[[Function], Function]:
        return self._route("POST", path, needs, **options)

    def put(self, path: str, *, needs: Needs, **options: Any) -> Callable[[Function], Function]:
        return self._route("PUT", path, needs, **options)

    def patch(self, path: str, *, needs: Needs, **options: Any) -> Callable[[Function], Function]:
        return self._route("PATCH", path, needs, **options)

    def delete(self, path: str, *, needs: Needs, **options: Any) -> Callable[[Function], Function]:
        return self._route("DELETE", path, needs, **options)

    def _route(
        self, method: str, path: str, needs: Needs, *, errors: Sequence[type[AppError]] = (), **options: Any
    ) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            handle = endpoint(function, needs, read_only=method == "GET")
            extra = {"x-permission": needs.name} if isinstance(needs, Permission) else {}
            responses = {**_responses(needs, errors), **options.pop("responses", {})}
            self.router.add_api_route(
                path, handle, methods=[method], responses=responses, openapi_extra=extra, **options
            )
            self.router.routes[-1].needs = needs  # type: ignore[attr-defined]  # read by navigation and structural tests
            return function

        return register


def _responses(needs: Needs, errors: Sequence[type[AppError]]) -> dict[int | str, dict[str, Any]]:
    general: tuple[type[AppError], ...] = (InvalidInput,) if needs is PUBLIC else (InvalidInput, NotSignedIn, Forbidden)
    codes: dict[int, list[str]] = {}
    for error in (*general, *errors):
        codes.setdefault(int(error.status), []).append(error.code)
    content = {"application/problem+json": {"schema": PROBLEM_SCHEMA}}
    return {status: {"description": ", ".join(names), "content": content} for status, names in codes.items()}
