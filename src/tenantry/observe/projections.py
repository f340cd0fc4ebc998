"""Projections: columns that pages filter and sort by, derived from observations and rebuilt from them at will."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import String, Table, Uuid
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tenantry.kit.db import TenantOwned


class Projected(TenantOwned):
    """A row derived from the current observation of one item. Its `id` is derived from tenant, dataset and item."""

    __audit__ = False

    @declared_attr
    def microsoft_tenant_id(cls) -> Mapped[UUID]:  # noqa: N805 - SQLAlchemy passes the class
        return mapped_column(Uuid)

    @declared_attr
    def item_key(cls) -> Mapped[str]:  # noqa: N805
        return mapped_column(String(400))

    @declared_attr
    def body_id(cls) -> Mapped[UUID]:  # noqa: N805
        return mapped_column(Uuid)


@dataclass(frozen=True, slots=True)
class Parts:
    """Rows an item has several of, such as its tags, in a table of their own.

    `owner` is the column that refers to the item's row; its foreign key deletes the parts of an item that vanishes.
    """

    table: Table
    owner: str
    columns: Sequence[str]
    rows: Callable[[dict[str, Any]], Iterable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Projection:
    """How items of a dataset become rows of a table: `columns` in the order `row` returns their values.

    Each of `parts` is a table of its own.
    """

    dataset: str
    table: Table
    columns: Sequence[str]
    row: Callable[[dict[str, Any]], Sequence[Any]]
    parts: Sequence[Parts] = ()


_registry: dict[str, Projection] = {}


def project(projection: Projection) -> Projection:
    """Registers the projection of a dataset; a dataset has at most one."""
    if _registry.setdefault(projection.dataset, projection) is not projection:
        message = f"dataset {projection.dataset} is projected twice"
        raise ValueError(message)
    return projection


def projected() -> list[str]:
    """The datasets that have a projection."""
    return sorted(_registry)


def projection_of(dataset: str) -> Projection | None:
    return _registry.get(dataset)
