"""All rows of a list, for a file: page by page, each in a short transaction of its own."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from tenantry.kit.pagination import MAX_LIMIT, Page, PageQuery
from tenantry.platform.work import Work

T = TypeVar("T")


def every_row(work: Work, read: Callable[[Work, PageQuery], Page[T]]) -> Iterator[T]:
    """Yields what `read` gives, until its last page: however long the list, neither memory nor writers notice."""
    cursor: str | None = None
    while True:
        with work.platform.work(work.actor, read_only=True) as own:
            page = read(own, PageQuery(MAX_LIMIT, cursor))
        yield from page.items
        if (cursor := page.next_cursor) is None:
            return
