"""Reading Microsoft's objects strictly: what is absent or of another type is said, never taken for a setting."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from tenantry.posture.verdicts import Unexpected

_TRUE = frozenset({"true"})
_FALSE = frozenset({"false"})
_NAMES = ("displayName", "userPrincipalName", "UserPrincipalName", "Name", "Identity", "DomainName", "settingName")
_DIGITS = re.compile("-?[0-9]{1,18}")
_SEPARATORS = re.compile("[,;]")


class Facts(msgspec.Struct, frozen=True):
    """One object of a dataset. Paths are dotted (`defaultUserRolePermissions.allowedToCreateApps`).

    Every method but `get` raises Unexpected for what is of another type, itself or on the way to it. Absent and null
    are refused too, unless a `default` is given: Microsoft's documented default, and nothing else. Lists say for
    themselves what becomes of those two.
    """

    where: str
    values: Mapping[str, Any]

    def get(self, path: str) -> Any:
        """The value as it is; None when it, or anything on the way to it, is absent or null."""
        found: Any = self.values
        for part in _parts(path):
            found = _member(found, part)
        return found

    def flag(self, path: str, default: bool | None = None) -> bool:
        """True or false; the texts Microsoft sends instead in some places are understood."""
        found = self._read(path)
        if found is None and default is not None:
            return default
        if isinstance(found, bool):
            return found
        lowered = found.lower() if isinstance(found, str) else ""
        if lowered in _TRUE or lowered in _FALSE:
            return lowered in _TRUE
        raise Unexpected(f"{self.where}.{path}", found)

    def number(self, path: str, default: int | None = None) -> int:
        """A whole number; a text of digits is understood."""
        found = self._read(path)
        if found is None and default is not None:
            return default
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        if isinstance(found, str) and _DIGITS.fullmatch(found):
            return int(found)
        return _refuse(f"{self.where}.{path}", found)

    def text(self, path: str, default: str | None = None) -> str:
        found = self._read(path)
        if found is None and default is not None:
            return default
        return found if isinstance(found, str) else str(_refuse(f"{self.where}.{path}", found))

    def texts(self, path: str, *, required: bool = False) -> list[str]:
        """A list of texts; a single one is a list of one: Exchange sends both. Absent and null are an empty list,
        unless `required`: for lists that Microsoft always sends, and a judge is content to find empty.
        """
        found = self._read(path)
        if (found is None and not required) or found == "":
            return []
        rows = [found] if isinstance(found, str) else found
        if not isinstance(rows, list) or not _are_texts(rows):
            raise Unexpected(f"{self.where}.{path}", found)
        return rows

    def names(self, path: str, *, required: bool = False) -> list[str]:
        """A list of things by their names, however the service writes it: texts, one text with commas or semicolons,
        named objects, SharePoint's `{"results": [...]}`. Null is an empty list, and so is absent unless `required`:
        a judge that is content with an empty list has to know that it was there.
        """
        if required and not self.has(path):
            raise Unexpected(f"{self.where}.{path}", None)
        found = self._read(path)
        rows = found.get("results") if isinstance(found, dict) else found
        if rows is None and found is None:
            return []
        if isinstance(rows, str):
            return [part.strip() for part in _SEPARATORS.split(rows) if part.strip()]
        if not isinstance(rows, list):
            raise Unexpected(f"{self.where}.{path}", found)
        names = rows
        if not _are_texts(rows):
            names = [Facts(self.where, row).name if isinstance(row, dict) else row for row in rows]
        if not _are_texts(names) or "" in names:
            raise Unexpected(f"{self.where}.{path}", found)
        return names

    def objects(self, path: str, *, required: bool = False) -> "list[Facts]":
        """A list of objects. Absent and null are an empty list, unless `required`, as in `texts`."""
        found = self._read(path)
        if found is None and not required:
            return []
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise Unexpected(f"{self.where}.{path}", found)
        return [Facts(f"{self.where}.{path}[{place}]", row) for place, row in enumerate(found)]

    def object(self, path: str) -> "Facts":
        found = self._read(path)
        if not isinstance(found, dict):
            raise Unexpected(f"{self.where}.{path}", found)
        return Facts(f"{self.where}.{path}", found)

    def _read(self, path: str) -> Any:
        """As `get`, but what is no object and on the way raises Unexpected: it must not count as absent."""
        found: Any = self.values.get(path)
        if found is not None:  # nearly every path is the name of a property of the object itself
            return found
        found = self.values
        for part in _parts(path):
            if found is not None and not isinstance(found, dict):
                raise Unexpected(f"{self.where}.{path}", found)
            found = _member(found, part)
        return found

    def has(self, path: str) -> bool:
        """Whether it is there, null included."""
        *way, last = _parts(path)
        found: Any = self.values
        for part in way:
            found = _member(found, part)
        return isinstance(found, dict) and (last in found or last.lower() in {name.lower() for name in found})

    def shown(self, *paths: str) -> dict[str, Any]:
        """These values under their paths, for `Finding.observed`."""
        return {path: self.get(path) for path in paths}

    @property
    def id(self) -> str:
        return str(self.values.get("id") or "")

    @property
    def name(self) -> str:
        """What people know it by."""
        for key in _NAMES:
            if isinstance(found := self.values.get(key), str) and found:
                return found
        return self.id


def _are_texts(rows: list[Any]) -> bool:
    return set(map(type, rows)) <= {str}


def _member(found: Any, name: str) -> Any:
    """Exchange has properties in two casings: CustomerLockBoxEnabled is CustomerLockboxEnabled in real answers."""
    if not isinstance(found, dict):
        return None
    if name in found:
        return found[name]
    wanted = name.lower()
    return next((value for key, value in found.items() if key.lower() == wanted), None)


@cache
def _parts(path: str) -> list[str]:
    """`@odata.type` has a dot of its own."""
    return [part.replace("\0", "@odata.") for part in path.replace("@odata.", "\0").split(".")]


def _refuse(where: str, found: Any) -> int:
    raise Unexpected(where, found)
