"""Datasets: what can be collected, declared once. Adding one here is all it takes to collect it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from tenantry.estate.needs import need
from tenantry.observe.reading import moment_of
from tenantry.observe.sources import GraphList, Source

_LONGEST_KEY: Final = 400


class Needs(StrEnum):
    """Which service lets an application in. Azure also does through Lighthouse; the permissions of the others than
    Entra are not in Graph's token, so what is missing there shows when the service is asked.
    """

    ENTRA = "entra"
    AZURE = "azure"
    EXCHANGE = "exchange"
    TEAMS = "teams"
    SHAREPOINT = "sharepoint"
    FABRIC = "fabric"


@dataclass(frozen=True, slots=True)
class Log:
    """A list that only grows: entries never change, come a little late, and are forgotten after a while.

    Each collection goes on from the youngest entry of the last complete one. `first` is how far the first one goes
    back, `overlap` is how late an entry may come and still be found, `keep` is how long entries are kept here.
    """

    path: str
    """Of a list of Graph's. A query has none: it is told the moment to begin with."""
    moment: str
    """The property that says when an entry is from."""
    first: timedelta
    overlap: timedelta = timedelta(hours=3)
    keep: timedelta = timedelta(days=30)

    def link(self, mark: str | None, now: datetime) -> str:
        """Where to begin: a little before the mark, and never further back than entries are kept."""
        last = moment_of(mark)
        since = max(last - self.overlap, now - self.keep) if last is not None else now - self.first
        moment = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return f"{self.path}?$filter={self.moment} ge {moment}&$top=999" if self.path else moment

    def mark_of(self, item: Mapping[str, Any], mark: str | None, now: datetime) -> str | None:
        """The later one of a mark and the moment of an entry; one of the future would hide what comes before it."""
        moment, last = moment_of(item.get(self.moment)), moment_of(mark)
        if moment is None or (last is not None and moment <= last):
            return mark
        return min(moment, now).isoformat()


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of thing to collect.

    `permissions` are the least application permissions, all of them needed; `enables` says in words what is lost
    without them. `volatile` fields change by themselves and are not part of the observed state.
    """

    name: str
    title: str
    needs: Needs
    fetch: Source = field(hash=False)
    permissions: tuple[str, ...]
    enables: str
    key: str = "id"
    volatile: frozenset[str] = frozenset({"@odata.etag", "@odata.context"})
    every: timedelta = timedelta(hours=6)
    delta: str | None = None
    """The change query's path, for lists that have one."""
    log: Log | None = None
    """For lists that only grow."""

    def key_of(self, item: dict[str, Any]) -> str:
        """The item's key in this dataset, in lower case: services differ in the casing of ids."""
        return bounded_key(str(item.get(self.key) or "").lower())


def bounded_key(key: str) -> str:
    """The key itself, or, when it is longer than a column holds, its beginning and a hash of all of it."""
    if len(key) <= _LONGEST_KEY:
        return key
    return (
        f"{key[: _LONGEST_KEY - 33]}#{hashlib.blake2b(key.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"
    )


_registry: dict[str, Dataset] = {}


def dataset(declared: Dataset) -> Dataset:
    """Registers a dataset under its name, which stays: stored observations refer to it."""
    if _registry.setdefault(declared.name, declared) is not declared:
        message = f"dataset {declared.name} is declared twice"
        raise ValueError(message)
    for permission in declared.permissions if declared.needs is Needs.ENTRA else ():
        need(permission, declared.enables)
    return declared


def dataset_named(name: str) -> Dataset | None:
    return _registry.get(name)


def all_datasets() -> list[Dataset]:
    return sorted(_registry.values(), key=lambda item: item.name)


def azure_dataset(name: str, title: str, fetch: Source, enables: str, **options: Any) -> Dataset:
    """Declares a dataset that is read in subscriptions. All need the same role, which Entra knows nothing of."""
    return dataset(Dataset(name, title, Needs.AZURE, fetch, (), enables, **options))


def graph_log(name: str, title: str, log: Log, enables: str, **options: Any) -> Dataset:
    """A log of Graph. All of them need the same permission."""
    permissions = ("AuditLog.Read.All",)
    return Dataset(name, title, Needs.ENTRA, GraphList(log.path), permissions, enables, log=log, **options)
