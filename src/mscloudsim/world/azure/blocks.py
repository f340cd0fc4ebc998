"""Long lists made a block at a time, and places in them that survive what changes elsewhere."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

Row = TypeVar("Row")
Block = tuple[str, Callable[[], Iterable[Row]]]
"""A key and what makes the block's rows. Blocks of a list come in ascending order of their keys."""


@dataclass(frozen=True, slots=True)
class Place:
    """After so many rows of a block. A block that comes, goes or grows moves no place in another."""

    block: str = ""
    offset: int = 0

    @classmethod
    def of(cls, written: Any) -> "Place":
        """The place that `written()` wrote. Raises ValueError for anything else."""
        match written:
            case [str(block), int(offset)] if offset >= 0:
                return cls(block, offset)
        raise ValueError("no place of a list")

    def written(self) -> list[Any]:
        return [self.block, self.offset]


def rows_from(blocks: Iterable[Block[Row]], start: Place) -> Iterator[tuple[Place, Row]]:
    """Rows from a place on, each with the place after it. Blocks before the place are not made."""
    for key, make in blocks:
        if key < start.block:
            continue
        offset = start.offset if key == start.block else 0
        for number, row in enumerate(islice(make(), offset, None), offset + 1):
            yield Place(key, number), row
