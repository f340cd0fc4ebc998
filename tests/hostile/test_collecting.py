"""Answers of Microsoft that hold what no text column can: they are collected all the same, and refusals are told."""

import io
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from sqlalchemy import select
from tests.microsoft.conftest import contoso, microsoft, script
from tests.microsoft.counterparts import Script
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant
from tests.support.hostile import HOSTILE, received
from tests.support.web import Client

from tenantry.governance.identity.models import DirectoryGroup
from tenantry.kit.ids import new_id
from tenantry.kit.logging import configure_logging, get_logger, log_facts
from tenantry.kit.text import is_invisible
from tenantry.microsoft import Connection
from tenantry.observe.catalogue.identity import GROUPS
from tenantry.observe.collector import Collector, Target
from tenantry.observe.models import DatasetState, Outcome
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Platform
from tenantry.slices import load_slices

__all__ = ["contoso", "microsoft", "script"]
LIST, CHANGES = "/v1.0/groups", "/v1.0/groups/delta"


class _Direct:
    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any:
        return await function()


@pytest.fixture
def told() -> Iterator[Callable[[], list[str]]]:
    """The log of this process as a collector of logs reads it."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    configure_logging("DEBUG", stream=stream)
    yield lambda: stream.getvalue().removesuffix("\n").split("\n")
    root.handlers[:] = before
    root.setLevel(level)


def answers(body: Any, status: int = 200) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """JSON in which everything beyond ASCII is escaped, halves of surrogate pairs as well: as Microsoft may send it."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")

    return answer


async def collected(platform: Platform, cast: Cast, script: Script, link: Connection) -> tuple[UUID, Outcome]:
    load_slices()
    script.on(CHANGES, answers({"value": [], "@odata.deltaLink": f"{script.address}{CHANGES}?$deltatoken=1"}))
    key = add_microsoft_tenant(platform, cast.alice.actor)
    context = JobContext(platform, new_id(), cast.alice.actor, 1, _Direct())

    async def on_page(_items: int) -> None:
        pass

    return key, await Collector(context, Target(key, GROUPS, link), on_page).run()


async def test_what_no_column_holds_is_collected(
    platform: Platform, cast: Cast, script: Script, contoso: Connection
) -> None:
    """In names, in keys, in the names of properties; a backslash before it is no more than a backslash."""
    rows = [{"id": f"{text[:50]}-{name}", "displayName": text[:256]} for name, text in HOSTILE.items()]
    rows += [{"id": "literal", "displayName": r"a\u0000b \\ud800"}, {"id": "named", "na\x00me\udfff": "x\x00"}]
    script.on(LIST, answers({"value": rows}))
    key, outcome = await collected(platform, cast, script, contoso)
    assert outcome is Outcome.COMPLETE
    with platform.work(cast.alice.actor, read_only=True) as work:
        query = select(DirectoryGroup.display_name).where(DirectoryGroup.microsoft_tenant_id == key)
        names = set(work.session.scalars(query))
    assert names == {received(text)[:256] for text in HOSTILE.values()} | {r"a\u0000b \\ud800", ""}


async def test_what_microsoft_says_in_a_refusal_is_kept_and_forges_no_line(
    platform: Platform, cast: Cast, script: Script, contoso: Connection, told: Callable[[], list[str]]
) -> None:
    for text in HOSTILE.values():
        script.on(LIST, answers({"error": {"code": text[:60], "message": text}}, 400))
        key, outcome = await collected(platform, cast, script, contoso)
        assert outcome is Outcome.FAILED
        with platform.work(cast.alice.actor, read_only=True) as work:
            query = select(DatasetState.problem_message).where(DatasetState.microsoft_tenant_id == key)
            assert received(text)[:200] in str(work.session.scalars(query).one())
    assert len(lines_of(told)) > len(HOSTILE)


def test_no_value_forges_a_line(told: Callable[[], list[str]]) -> None:
    """As a value, as the name of one, as what is bound, in an exception, and from the standard library."""
    log, standard = get_logger("tenantry.hostile"), logging.getLogger("another.library")
    for name, text in HOSTILE.items():
        with log_facts(tenant=text):
            log.warning("said", value=text, nested={text: [text]}, number=1)
        standard.warning("%s", text)
        log.error("crashed", name=name, exc_info=ValueError(text))
    lines = lines_of(told)
    assert len(lines) == 3 * len(HOSTILE)
    for text, line in zip(HOSTILE.values(), lines[::3], strict=True):
        assert line["value"] == text.encode(errors="replace").decode(), "a program reads what was said"


def test_requests_forge_no_line(alice: Client, told: Callable[[], list[str]]) -> None:
    for address in ("/%0a%7b%22event%22:%22forged%22%7d", "/%1b[31m", "/%e2%80%ae", "/%c2%9b2J", "/%ff", "/%00"):
        assert alice.request("GET", address).status in (400, 404)
    paths = [line["path"] for line in lines_of(told) if line["event"] == "request"]
    assert paths[0] == '/\n{"event":"forged"}'


def lines_of(told: Callable[[], list[str]]) -> list[dict[str, Any]]:
    """Every line is one JSON object, and holds nothing that nobody sees or that a terminal obeys."""
    lines = told()
    assert [line for line in lines if any(map(is_invisible, line))] == []
    assert lines == "\n".join(lines).splitlines()
    return [json.loads(line) for line in lines]
