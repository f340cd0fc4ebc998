"""Deterministic chance: the same parts always give the same id, number or choice, in any order of asking."""

from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


def _digest(parts: tuple[object, ...]) -> bytes:
    return blake2b(":".join(map(str, parts)).encode(), digest_size=16).digest()


def guid(*parts: object) -> str:
    """A version 4 GUID in lower case that belongs to these parts alone."""
    return str(UUID(bytes=_digest(parts), version=4))


def number(*parts: object, below: int) -> int:
    return int.from_bytes(_digest(parts)[:8]) % below


def chance(*parts: object) -> float:
    """A number in [0, 1)."""
    return int.from_bytes(_digest(parts)[:7]) / 2**56


def pick(options: tuple[T, ...], *parts: object) -> T:
    return options[number(*parts, below=len(options))]


def dice(*parts: object) -> Random:
    """A source of many numbers for one purpose."""
    return Random(int.from_bytes(_digest(parts)))


@lru_cache(maxsize=65_536)
def short(*parts: object) -> str:
    """Eight lower-case letters and digits, as in generated names."""
    return _digest(parts)[:4].hex()
