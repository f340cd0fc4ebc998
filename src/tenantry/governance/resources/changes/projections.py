"""How entries of Azure's change log become rows. Pure, and never fails on what Microsoft may send."""

from datetime import UTC, datetime
from typing import Any, Final

import orjson

from tenantry.governance.resources.catalogue import CHANGES
from tenantry.governance.resources.changes.models import ResourceChange
from tenantry.kit.db import Base
from tenantry.observe.azure_ids import group_id_of, subscription_of
from tenantry.observe.datasets import bounded_key
from tenantry.observe.projections import Projection, project
from tenantry.observe.reading import count_of, key_of, mapping_of, moment_of, text_of

Item = dict[str, Any]

_MOST: Final = 40
_LONGEST: Final = 300
_UNTOLD: Final = datetime(1970, 1, 1, tzinfo=UTC)


def change(item: Item) -> tuple[Any, ...]:
    properties = mapping_of(item.get("properties"))
    told = mapping_of(properties.get("changeAttributes"))
    target = text_of(properties.get("targetResourceId"), 4000)
    changes = _changes(properties.get("changes"))
    by = _by(told.get("changedBy"))
    return (
        moment_of(told.get("timestamp")) or moment_of(item.get("timestamp")) or _UNTOLD,
        bounded_key(target.lower())[:400],
        target.rpartition("/")[2][:260],
        key_of(properties.get("targetResourceType"), 200),
        group_id_of(target)[:400],
        subscription_of(target)[:64],
        key_of(properties.get("changeType"), 32),
        by,
        by.casefold()[:256],
        text_of(told.get("changedByType"), 64),
        text_of(told.get("clientType"), 128),
        text_of(told.get("operation"), 200),
        max(count_of(told.get("changesCount")) or 0, len(changes)),
        orjson.dumps(changes).decode(),
    )


def _by(value: Any) -> str:
    """Azure writes `Unspecified` where it does not know."""
    text = text_of(value)
    return "" if text.lower() in ("", "unspecified") else text


def _changes(value: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for path, pair in list(mapping_of(value).items())[:_MOST]:
        told = mapping_of(pair)
        found[text_of(path, 200)] = [_short(told.get("previousValue")), _short(told.get("newValue"))]
    return found


def _short(value: Any) -> Any:
    if value is None:
        return None
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    text = text.replace("\x00", "\ufffd")
    return f"{text[:_LONGEST]} …" if len(text) > _LONGEST else text


_TABLE: Final = Base.metadata.tables[ResourceChange.__tablename__]
_SHARED: Final = {"tenant_id", "id", "microsoft_tenant_id", "item_key", "body_id"}

project(Projection(CHANGES.name, _TABLE, [c.name for c in _TABLE.columns if c.name not in _SHARED], change))
