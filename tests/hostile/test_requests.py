"""Whatever somebody writes into an address or a form, the answer is a page, a refusal in words, or a download."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from fastapi.routing import APIRoute
from tests.support.hostile import HOSTILE
from tests.support.web import Client

from tenantry.slices import doors

WORST = ("nul", "half", "lines", "statement", "long")
VALUES = {**{name: quote(HOSTILE[name], errors="surrogatepass") for name in WORST}, "bytes": "%FF%FE%C0%80"}
"""As they stand in an address; bytes that are no text as well."""
NAMES = {"{name}": ("users", "groups"), "{ending}": ("csv",)}


def routes(method: str) -> list[APIRoute]:
    every = [route for door in doors() for route in door.router.routes if isinstance(route, APIRoute)]
    return [route for route in every if method in (route.methods or ())]


def addresses(route: APIRoute) -> Iterator[str]:
    """Of lists as they are, of things with an id that is none of anybody's."""
    paths = [route.path]
    for parameter, values in NAMES.items():
        paths = [path.replace(parameter, value) for path in paths for value in values]
    for path in dict.fromkeys(paths):
        parts = [str(UUID(int=1)) if part.startswith("{") else part for part in path.split("/")]
        yield "/".join(parts)


def fields(route: APIRoute) -> list[str]:
    """The names of a form's fields."""
    return [parameter.alias for parameter in route.dependant.body_params]


def query_names(route: APIRoute) -> list[str]:
    found, ahead = [], [route.dependant]
    while ahead:
        dependant = ahead.pop()
        found += [parameter.alias for parameter in dependant.query_params]
        ahead += dependant.dependencies
    return sorted({*found, "sort", "cursor"})


@pytest.mark.parametrize("name", list(VALUES))
def test_no_address_is_too_much(alice: Client, name: str) -> None:
    reader = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    for route in routes("GET"):
        for address in addresses(route):
            for option in query_names(route):
                asked = f"{address}?{option}={VALUES[name]}"
                answer = reader.request("GET", asked)
                assert answer.status < 500, (asked, answer.text[-300:])


@pytest.mark.parametrize("name", list(VALUES))
def test_no_form_is_too_much(alice: Client, name: str) -> None:
    reader = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    for route in routes("POST"):
        for address in addresses(route):
            given: Any = "&".join(f"{field}={VALUES[name]}" for field in fields(route)).encode()
            answer = reader.request("POST", address, given, Content_Type="application/x-www-form-urlencoded")
            assert answer.status < 500, (address, answer.text[-300:])
