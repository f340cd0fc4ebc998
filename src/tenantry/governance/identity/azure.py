"""Azure roles as they concern identity: which are privileged, at which scopes, and what those are called."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.db import TenantSession
from tenantry.observe.azure import SUBSCRIPTIONS
from tenantry.observe.azure_ids import subscription_of
from tenantry.observe.bodies import unpack
from tenantry.observe.models import Observation, ObservationBody
from tenantry.observe.reading import mapping_of, text_of

PRIVILEGED: Final = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
"""Built-in roles by id, from Microsoft's "Azure built-in roles": the privileged administrator roles."""
_ROOT: Final = "tenant root group"
"""The management group above all others bears the Microsoft tenant's id."""
_SUBSCRIPTION_PARTS: Final = 2
_MANY: Final = 500


def level_of(scope: str) -> str:
    """`root`, `management group`, `subscription`, `resource group` or `resource`."""
    parts = [part for part in scope.split("/") if part]
    if not parts:
        return "root"
    if "providers" in parts:
        return "management group" if parts[0] == "providers" else "resource"
    return "subscription" if len(parts) <= _SUBSCRIPTION_PARTS else "resource group"


def is_wide(scope: str) -> bool:
    """Whether a scope is a whole subscription or more than one."""
    return level_of(scope) in ("root", "management group", "subscription")


class Scopes:
    """What scopes of one Microsoft tenant are called. Names of subscriptions are those that were collected."""

    def __init__(self, session: TenantSession, microsoft_tenant_id: UUID, scopes: Collection[str]) -> None:
        self._session, self._of = session, microsoft_tenant_id
        self._root = str(session.one(MicrosoftTenant, microsoft_tenant_id).entra_tenant_id)
        keys = sorted({key for scope in scopes if (key := subscription_of(scope))})
        self._names = {
            key: name for at in range(0, len(keys), _MANY) for key, name in self._named(keys[at : at + _MANY])
        }

    def name(self, scope: str) -> str:
        key = subscription_of(scope)
        if not key:
            name = scope.rpartition("/")[2]
            return "all of Azure" if level_of(scope) == "root" else _ROOT if name == self._root else name
        inside = scope.removeprefix(f"/subscriptions/{key}").rpartition("/")[2]
        known = self._names.get(key, key)
        return f"{known} / {inside}" if inside else known

    def _named(self, keys: list[str]) -> list[tuple[str, str]]:
        query = (
            select(Observation.item_key, ObservationBody.body)
            .join(ObservationBody, ObservationBody.id == Observation.body_id)
            .where(
                Observation.microsoft_tenant_id == self._of,
                Observation.dataset == SUBSCRIPTIONS,
                Observation.item_key.in_(keys),
                Observation.seen_to.is_(None),
            )
        )
        rows = self._session.execute(query)
        return [(row.item_key, text_of(mapping_of(unpack(row.body)).get("displayName"), 200)) for row in rows]
