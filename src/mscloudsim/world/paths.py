"""Reaching into JSON documents by a dotted path: reading, and making a copy in which one place says something else."""

from typing import Any, Final

_KEYS: Final = ("id", "name", "templateId", "restrictionType", "roleDefinitionId", "appId", "displayName")
"""What names an element of a list, the first that fits."""
_KINDS: Final[tuple[type | tuple[type, ...], ...]] = (bool, (int, float), str, list, dict)


def changed(document: Any, path: str, value: Any) -> Any:
    """A copy of a document with `value` at a path such as `values.LockoutThreshold.value`; an empty path is all of it.

    An element of a list is named by its id, name or position; set to None it is taken out. Raises ValueError for a
    path that leads nowhere, naming what there is, and for a value of another kind than the one it replaces.
    """
    return _changed(document, [part for part in path.split(".") if part], value)


def _changed(document: Any, parts: list[str], value: Any) -> Any:
    if not parts:
        _check(document, value)
        return value
    head, rest = parts[0], parts[1:]
    if isinstance(document, dict):
        if head not in document:
            raise ValueError(f"there is no {head}; there are {', '.join(sorted(document))}")
        return {**document, head: _changed(document[head], rest, value)}
    if isinstance(document, list):
        place = _place(document, head)
        kept = [] if not rest and value is None else [_changed(document[place], rest, value)]
        return [*document[:place], *kept, *document[place + 1 :]]
    raise ValueError(f"there is nothing below {document!r}, so no {head}")


def _place(rows: list[Any], key: str) -> int:
    """Where the element of this name stands."""
    for name in _KEYS:
        for place, row in enumerate(rows):
            if isinstance(row, dict) and str(row.get(name, "")).lower() == key.lower():
                return place
    if key.isdecimal() and int(key) < len(rows):
        return int(key)
    known = [next((str(row[name]) for name in _KEYS if row.get(name)), "") for row in rows if isinstance(row, dict)]
    raise ValueError(f"there is no {key}; there are {', '.join(known) or f'{len(rows)} elements'}")


def _check(old: Any, new: Any) -> None:
    """Nothing stands for anything; otherwise a flag stays a flag and a text a text."""
    if old is None or new is None or _kind(old) == _kind(new):
        return
    raise ValueError(f"{new!r} is no value for what says {old!r}")


def _kind(value: Any) -> int:
    return next(place for place, kind in enumerate(_KINDS) if isinstance(value, kind))
