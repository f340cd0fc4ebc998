"""Logs are gone on with: nothing lost, nothing doubled, entries that come late found, old ones forgotten."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import select
from tests.microsoft.conftest import serving
from tests.microsoft.counterparts import Cloud, Script, refuses, says
from tests.observe.test_collector import Directory, Killed
from tests.support.cast import Cast

from tenantry.kit.clock import SettableClock
from tenantry.kit.ids import new_id
from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Connection, Microsoft, simulator
from tenantry.observe.catalogue.identity import DIRECTORY_AUDITS, SIGN_INS
from tenantry.observe.datasets import Dataset
from tenantry.observe.models import Collection, Observation, ObservationBody, Outcome
from tenantry.observe.store import items_at
from tenantry.platform.work import Platform

PATHS = {SIGN_INS.name: "/v1.0/auditLogs/signIns", DIRECTORY_AUDITS.name: "/v1.0/auditLogs/directoryAudits"}
EVENTS = {SIGN_INS.name: "signed_in", DIRECTORY_AUDITS.name: "password_reset"}
LOGS = pytest.mark.parametrize("dataset", [SIGN_INS, DIRECTORY_AUDITS], ids=lambda item: item.name)
HOUR = timedelta(hours=1)


class Diary(Directory):
    """The logs of one Microsoft tenant, collected again and again."""

    def known(self, dataset: Dataset) -> list[str]:
        with self.platform.work(self.actor, read_only=True) as work:
            return sorted(key for key, _ in items_at(work.session, self.id, dataset.name))

    def newest(self) -> Collection:
        last: Collection = self.rows(Collection)[-1]
        return last

    def entry(self, dataset: Dataset, name: str, ago: timedelta) -> dict[str, str]:
        assert dataset.log is not None
        return {"id": name, dataset.log.moment: (self.clock.now() - ago).isoformat()}

    def begins(self, dataset: Dataset) -> list[str]:
        """From when on each request of a log asked."""
        asked = [unquote(request.query) for request in self.script.seen if request.path == PATHS[dataset.name]]
        return [query.partition(" ge ")[2].partition("&")[0] for query in asked if " ge " in query]


@pytest.fixture
def diary(platform: Platform, cast: Cast, clock: SettableClock, script: Script, contoso: Connection) -> Diary:
    return Diary(platform, cast, clock, script, contoso)


@LOGS
async def test_it_goes_on_a_little_before_the_youngest_entry_of_the_last_complete_collection(
    diary: Diary, dataset: Dataset
) -> None:
    start = diary.clock.now()
    young, old = diary.entry(dataset, "young", HOUR), diary.entry(dataset, "old", 5 * HOUR)
    late = diary.entry(dataset, "late", 2 * HOUR)
    diary.script.on(PATHS[dataset.name], says({"value": [young, old]}), says({"value": [young, late]}))
    assert await diary.collect(dataset) is Outcome.COMPLETE
    assert await diary.collect(dataset) is Outcome.COMPLETE
    first, second = diary.begins(dataset)
    assert first == f"{diary.clock.now() - 4 * HOUR - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    assert second == f"{start - HOUR - 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert diary.known(dataset) == ["late", "old", "young"]
    assert (diary.newest().added, diary.newest().changed, diary.newest().removed) == (1, 0, 0)


@LOGS
async def test_only_a_complete_collection_moves_the_mark(diary: Diary, dataset: Dataset) -> None:
    path, link = PATHS[dataset.name], f"{diary.script.address}{PATHS[dataset.name]}?$skiptoken=x"
    one, two = diary.entry(dataset, "one", HOUR), diary.entry(dataset, "two", timedelta(0))
    diary.script.on(
        path,
        says({"value": [one]}),
        says({"value": [two], "@odata.nextLink": link}),
        refuses(403, "Authorization_RequestDenied"),
        refuses(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or premium"),
        says({"value": [two, one]}),
    )
    outcomes = [await diary.collect(dataset) for _ in range(4)]
    assert outcomes == [Outcome.COMPLETE, Outcome.NO_ACCESS, Outcome.NOT_LICENSED, Outcome.COMPLETE]
    assert diary.known(dataset) == ["one", "two"]
    assert len(set(diary.begins(dataset)[1:])) == 1, "each time from the same place"


@LOGS
async def test_a_killed_collection_of_a_log_goes_on_and_marks_what_it_saw(
    diary: Diary, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.observe.collector._BATCH", 1)
    path, link = PATHS[dataset.name], f"{diary.script.address}{PATHS[dataset.name]}?$skiptoken=x"
    young, old = diary.entry(dataset, "young", HOUR), diary.entry(dataset, "old", 2 * HOUR)
    diary.script.on(path, says({"value": [young], "@odata.nextLink": link}), says({"value": [old]}))
    begun = diary.clock.now()
    with pytest.raises(Killed):
        await diary.collect(dataset, dies_after=1, job=(job := new_id()))
    assert await diary.collect(dataset, job=job) is Outcome.COMPLETE
    await diary.collect(dataset)
    assert diary.known(dataset) == ["old", "young"]
    assert diary.begins(dataset)[-1] == f"{begun - HOUR - 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}"


@LOGS
async def test_a_collection_killed_after_its_last_page_begins_where_the_last_complete_one_ended(
    diary: Diary, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pages are read again; the mark they had reached would leave them out."""
    monkeypatch.setattr("tenantry.observe.collector._BATCH", 1)
    entry = diary.entry(dataset, "one", HOUR)
    diary.script.on(PATHS[dataset.name], says({"value": [entry]}))
    with pytest.raises(Killed):
        await diary.collect(dataset, dies_after=1, job=(job := new_id()))
    assert await diary.collect(dataset, job=job) is Outcome.COMPLETE
    first, second = diary.begins(dataset)
    assert second == f"{datetime.fromisoformat(first) + 4 * HOUR:%Y-%m-%dT%H:%M:%SZ}", "a day back, as the first time"
    assert diary.known(dataset) == ["one"]


@LOGS
async def test_a_moment_of_the_future_does_not_hide_what_comes_before_it(diary: Diary, dataset: Dataset) -> None:
    wrong = diary.entry(dataset, "wrong", timedelta(days=-400))
    diary.script.on(PATHS[dataset.name], says({"value": [wrong]}), says({"value": []}))
    await diary.collect(dataset)
    seen = diary.clock.now()
    await diary.collect(dataset)
    assert diary.begins(dataset)[-1] == f"{seen - 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}"


@LOGS
async def test_a_quiet_log_is_gone_on_with_from_when_it_was_read(diary: Diary, dataset: Dataset) -> None:
    diary.script.on(PATHS[dataset.name], says({"value": []}))
    await diary.collect(dataset)
    seen = diary.clock.now()
    diary.clock.advance(timedelta(days=6))
    await diary.collect(dataset)
    assert diary.begins(dataset)[-1] == f"{seen - 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}", "however long it was not read"


@LOGS
async def test_entries_are_forgotten_after_thirty_days_with_their_bodies(diary: Diary, dataset: Dataset) -> None:
    diary.script.on(
        PATHS[dataset.name],
        says({"value": [diary.entry(dataset, "old", HOUR)]}),
        says({"value": [diary.entry(dataset, "new", timedelta(days=-31))]}),
    )
    await diary.collect(dataset)
    diary.clock.advance(timedelta(days=31))
    await diary.collect(dataset)
    assert diary.known(dataset) == ["new"]
    with diary.platform.work(diary.actor, read_only=True) as work:
        assert len(work.session.scalars(select(Observation)).all()) == 1
        assert len(work.session.scalars(select(ObservationBody)).all()) == 1


class Estate:
    """A licensed Microsoft tenant of the simulated cloud, and the product's clock beside the cloud's."""

    def __init__(self, diary: Diary, cloud: Cloud, tenant: dict[str, Any]) -> None:
        self.diary, self.cloud, self.tenant = diary, cloud, tenant

    async def passes(self, time: timedelta) -> None:
        now = (await self.cloud.order("clock", {"seconds": time.total_seconds()}))["now"]
        self.diary.clock.at = datetime.fromtimestamp(now, UTC) - 4 * HOUR  # which `collect` puts it forward by

    async def happens(self, dataset: Dataset, late: timedelta = timedelta(0)) -> str:
        user = await self.somebody()
        order = {"kind": EVENTS[dataset.name], "tenant": self.tenant["id"], "user": user}
        made: dict[str, str] = await self.cloud.order("changes", {**order, "late": late.total_seconds()})
        return made["id"].lower()

    async def somebody(self) -> str:
        async for user in self.diary.link.graph.items("/users?$select=id&$top=1"):
            return str(user["id"])
        raise AssertionError

    async def all_of_graph(self, dataset: Dataset, since: datetime) -> list[str]:
        assert dataset.log is not None
        query = f"{dataset.log.path}?$filter={dataset.log.moment} ge {since:%Y-%m-%dT%H:%M:%SZ}"
        return sorted([item["id"].lower() async for item in self.diary.link.graph.items(query)])


@pytest.fixture
async def estate(platform: Platform, cast: Cast, clock: SettableClock) -> AsyncIterator[Estate]:
    with serving() as cloud:
        fitting = [row for row in cloud.tenants[1:] if row["flaw"] == "none" and row["licence"] != "free"]
        tenant = max(fitting, key=lambda row: row["users"])
        async with Microsoft(simulator(cloud.address)) as microsoft:
            link = microsoft.tenant(tenant["id"], ClientSecret(tenant["client_id"], Secret(tenant["client_secret"])))
            made = Estate(Diary(platform, cast, clock, Script(), link), cloud, tenant)
            await made.passes(6 * HOUR)
            yield made


@LOGS
async def test_against_the_simulated_cloud_nothing_is_lost_and_nothing_doubled(
    estate: Estate, dataset: Dataset
) -> None:
    diary = estate.diary
    began = diary.clock.now() + 4 * HOUR - timedelta(days=1)
    assert await diary.collect(dataset) is Outcome.COMPLETE
    assert diary.known(dataset) == await estate.all_of_graph(dataset, began)
    await estate.passes(HOUR)
    prompt = await estate.happens(dataset)
    assert await diary.collect(dataset) is Outcome.COMPLETE
    await estate.passes(2 * HOUR)
    late = await estate.happens(dataset, late=2.5 * HOUR)
    path = rf"{PATHS[dataset.name]}"
    await estate.cloud.order("faults", {"kind": "forbidden", "service": "graph", "path": path})
    assert await diary.collect(dataset) is Outcome.NO_ACCESS
    assert late not in diary.known(dataset)
    await estate.passes(timedelta(0))
    assert await diary.collect(dataset) is Outcome.COMPLETE
    assert {prompt, late} < set(diary.known(dataset))
    assert set(diary.known(dataset)) >= set(await estate.all_of_graph(dataset, began)), "and the overlap before"
    assert (diary.newest().added, diary.newest().changed) == (1, 0)
    assert diary.newest().items < len(diary.known(dataset)), "only what is new is read"


async def test_a_long_log_that_fails_midway_is_read_anew_from_the_same_place(estate: Estate) -> None:
    assert SIGN_INS.log is not None
    week = replace(SIGN_INS, log=replace(SIGN_INS.log, first=timedelta(days=4)))
    began = estate.diary.clock.now() + 4 * HOUR - timedelta(days=4)
    fault = {"kind": "forbidden", "service": "graph", "path": "/auditLogs/signIns", "skip": 1}
    await estate.cloud.order("faults", fault)
    assert await estate.diary.collect(week) is Outcome.NO_ACCESS
    assert estate.diary.known(week) == []
    await estate.passes(timedelta(0))
    assert await estate.diary.collect(week) is Outcome.COMPLETE
    assert estate.diary.newest().pages > 1
    assert estate.diary.known(week) == await estate.all_of_graph(week, began)


async def test_without_the_licence_there_are_no_sign_ins_and_that_is_no_empty_list(
    platform: Platform, cast: Cast, clock: SettableClock, cloud: Cloud
) -> None:
    tenant = next(row for row in cloud.tenants[1:] if row["flaw"] == "none" and row["licence"] == "free")
    async with Microsoft(simulator(cloud.address)) as microsoft:
        link = microsoft.tenant(tenant["id"], ClientSecret(tenant["client_id"], Secret(tenant["client_secret"])))
        diary = Diary(platform, cast, clock, Script(), link)
        assert await diary.collect(SIGN_INS) is Outcome.NOT_LICENSED
        assert await diary.collect(DIRECTORY_AUDITS) is Outcome.COMPLETE, "audits need none"
