"""Reading Microsoft's objects strictly: what is absent or of another type is said, never taken for a setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenantry.posture.verdicts import Unexpected

_TRUE = frozenset({"true"})
_FALSE = frozenset({"false"})


@dataclass(frozen=True, slots=True)
class Facts:
    """One object of a dataset. Paths are dotted (`defaultUserRolePermissions.allowedToCreateApps`).

    Every method but `get` and `texts` raises Unexpected for what is absent, null, or of another type, unless a
    `default` is given, which stands for absent and null only: Microsoft's documented default, and nothing else.
    """

    where: str
    values: Mapping[str, Any]

    def get(self, path: str) -> Any:
        """The value as it is; None when it, or anything on the way to it, is absent or null."""
        found: Any = self.values
        for part in _parts(path):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def flag(self, path: str, default: bool | None = None) -> bool:
        """True or false; the texts Microsoft sends instead in some places are understood."""
        found = self.get(path)
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
        found = self.get(path)
        if found is None and default is not None:
            return default
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        try:
            return int(found) if isinstance(found, str) else _refuse(f"{self.where}.{path}", found)
        except ValueError:
            return _refuse(f"{self.where}.{path}", found)

    def text(self, path: str, default: str | None = None) -> str:
        found = self.get(path)
        if found is None and default is not None:
            return default
        return found if isinstance(found, str) else str(_refuse(f"{self.where}.{path}", found))

    def texts(self, path: str) -> list[str]:
        """A list of texts. Absent and null are an empty list, a single text is a list of one: Exchange sends both."""
        found = self.get(path)
        if found is None or found == "":
            return []
        rows = [found] if isinstance(found, str) else found
        if not isinstance(rows, list):
            raise Unexpected(f"{self.where}.{path}", found)
        return [str(row) for row in rows]

    def objects(self, path: str) -> "list[Facts]":
        """A list of objects. Absent and null are an empty list."""
        found = self.get(path)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
            raise Unexpected(f"{self.where}.{path}", found)
        return [Facts(f"{self.where}.{path}[{place}]", row) for place, row in enumerate(found)]

    def object(self, path: str) -> "Facts":
        found = self.get(path)
        if not isinstance(found, Mapping):
            raise Unexpected(f"{self.where}.{path}", found)
        return Facts(f"{self.where}.{path}", found)

    def has(self, path: str) -> bool:
        """Whether it is there, null included."""
        *way, last = _parts(path)
        found: Any = self.values
        for part in way:
            found = found.get(part) if isinstance(found, Mapping) else None
        return isinstance(found, Mapping) and last in found

    def shown(self, *paths: str) -> dict[str, Any]:
        """These values under their paths, for `Finding.observed`."""
        return {path: self.get(path) for path in paths}

    @property
    def id(self) -> str:
        return str(self.values.get("id") or "")

    @property
    def name(self) -> str:
        """What people know it by."""
        for key in ("displayName", "userPrincipalName", "Name", "Identity", "DomainName", "settingName"):
            if isinstance(found := self.values.get(key), str) and found:
                return found
        return self.id


def _parts(path: str) -> list[str]:
    """`@odata.type` has a dot of its own."""
    return [part.replace("\0", "@odata.") for part in path.replace("@odata.", "\0").split(".")]


def _refuse(where: str, found: Any) -> int:
    raise Unexpected(where, found)
