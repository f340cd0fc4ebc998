"""Whatever a Microsoft tenant contains, a file of it is what it says: no cell is a formula, no line is two."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from tests.support.files import cells, is_harmful
from tests.support.hostile import HOSTILE, Planted, mark, received
from tests.support.web import Client

from tenantry.governance.identity.lists import LISTS
from tenantry.governance.identity.queries import People
from tenantry.kit.text import without_invisible
from tenantry.platform.doors import Pages
from tenantry.slices import doors

LISTED = [*(view.value for view in People), *LISTS]
PLANTED = {
    "/identity/users/export": ["member"],
    "/identity/guests/export": ["guest"],
    "/identity/privileged/export": ["member"],
    "/identity/groups/export": ["group"],
    "/identity/applications/export": ["application"],
    "/identity/service-principals/export": ["enterpriseapp"],
    "/identity/app-permissions/export": ["permission", "grantee"],
    "/identity/licences/export": ["sku"],
    "/identity/policies/export": ["policy"],
    "/identity/principals/export": ["role", "scope"],
    "/identity/credentials/export": ["credential", "application"],
    "/identity/compare/export": ["tenant"],
    "/fleet": ["tenant", "problem"],
    "/resources/export": ["resource", "rg", "tag", "tagged"],
    "/resources/orphans/export": ["rg"],
    "/resources/tagging/export": ["resource"],
    "/resources/changes/export": ["changer", "newvalue"],
    "/compliance/scores/export": ["initiative"],
    "/compliance/policies/export": ["definition", "initiative", "assignment"],
    "/compliance/non-compliant/export": ["definition", "initiative", "assignment"],
    "/compliance/exemptions/export": ["exemption", "assignment"],
    "/compliance/advisor/export": ["recommended"],
    "/compliance/secure-score/export": ["control"],
    "/compliance/standards/export": ["assessed"],
    "/audit/export": ["tenant", "reason"],
}
"""Which planted texts each file must hold: of others nothing would be proven."""
ASKED = {
    "/audit/export": "?action=hostile.happened",  # each export is an event of its own
    "/compliance/scores/export": "?by=initiative",
    "/compliance/secure-score/export": "?controls=true",
    "/compliance/standards/export": "?controls=true",
}
"""What some lists are asked for."""
EMPTY = {"/identity/stale/export"}
"""Nobody of this estate ever signed in, so nobody is stale."""


def files() -> list[str]:
    """The addresses of all downloads, without their endings."""
    routes = [route for door in doors() if isinstance(door, Pages) for route in door.router.routes]
    paths = [route.path for route in routes if isinstance(route, APIRoute) and route.path.endswith(".{ending}")]
    return [
        path.removesuffix(".{ending}").replace("{name}", name)
        for path in paths
        for name in (LISTED if "{name}" in path else [""])
    ]


def test_every_file_is_looked_at() -> None:
    assert set(files()) == PLANTED.keys() | EMPTY


def test_no_file_is_changed_by_what_it_holds(alice: Client, estate: Planted) -> None:
    for path, places in PLANTED.items():
        asked = ASKED.get(path, "")
        told = list(json.loads(answer(alice, f"{path}.json{asked}")))
        lines = list(csv.reader(io.StringIO(answer(alice, f"{path}.csv{asked}").decode("utf-8-sig"), newline="")))
        sheet = list(cells(answer(alice, f"{path}.xlsx{asked}")))
        assert len(lines) == len(sheet) == len(told) + 1, f"{path}: one line for each row, and one for the heads"
        assert {len(line) for line in lines} == {len(told[0])}, path
        for table in (lines, sheet):
            assert [cell for line in table for cell in line if is_harmful(cell)] == [], path
            assert missing(places, "\n".join(cell for line in table for cell in line)) == [], path
        assert missing(places, "\n".join(texts(told))) == [], path


def test_data_is_given_as_it_is_and_shown_with_less(alice: Client, estate: Planted) -> None:
    """JSON is for programs and leaves nothing out; what a spreadsheet opens leaves out what nobody sees."""
    told = [row["name"] for row in json.loads(answer(alice, "/resources/export.json"))]
    assert sorted(told) == sorted(received(estate.text("resource", name))[:260] for name in HOSTILE)
    shown = {line["Name"].removeprefix("'") for line in lines_of(answer(alice, "/resources/export.csv"))}
    assert shown == {without_invisible(name).removeprefix("'") for name in told}


def test_the_api_gives_what_was_received(alice: Client, estate: Planted) -> None:
    found = every_item(alice, "/api/v1/resources")
    assert sorted(item["name"] for item in found) == sorted(
        received(estate.text("resource", name))[:260] for name in HOSTILE
    )
    named = [item["name"] for item in every_item(alice, "/api/v1/microsoft-tenants")]
    assert {received(estate.text("tenant", name))[:256] for name in HOSTILE} <= set(named)
    for path in ("/api/v1/subscriptions", "/api/v1/operations", "/api/v1/jobs", "/api/v1/audit"):
        place = {"subscriptions": "subscription", "operations": "operation", "jobs": "job", "audit": "reason"}
        assert missing([place[path.rpartition("/")[2]]], "\n".join(texts(every_item(alice, path)))) == [], path


def answer(client: Client, path: str) -> bytes:
    reply = client.get(path)
    assert reply.status == 200, reply.text
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    return reply.body


def lines_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def every_item(client: Client, path: str) -> list[Any]:
    """All pages of a list."""
    reply, items = client.get(path, limit=50), []
    while True:
        assert reply.status == 200, reply.text
        items += reply.json()["items"]
        if not reply.json()["next_cursor"]:
            return items
        reply = client.get(path, limit=50, cursor=reply.json()["next_cursor"])


def texts(value: Any) -> Iterator[str]:
    """Every text in a document, and the names of its members."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def missing(places: list[str], text: str) -> list[str]:
    return [mark(place, name) for place in places for name in HOSTILE if mark(place, name) not in text]
