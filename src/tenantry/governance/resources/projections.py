"""How items of the Azure datasets become rows. Pure functions over Microsoft's JSON: no clock, no database.

Microsoft may leave out any property, send another type, and texts of any length; a projection never fails on any of it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

from tenantry.governance.identity.models import AzureRole, AzureRoleAssignment
from tenantry.governance.resources import models
from tenantry.governance.resources.orphans import idle_reason, orphan_reason
from tenantry.governance.resources.words import words_of
from tenantry.kit.db import Base
from tenantry.observe.azure_ids import subscription_of
from tenantry.observe.projections import Parts, Projection, project
from tenantry.observe.reading import key_of, list_of, mapping_of, moment_of, optional_text, text_of

Item = dict[str, Any]

TAG_NAME: Final = 128
TAG_VALUE: Final = 256
_MOST_TAGS: Final = 200
"""Azure allows fifty; what sends more is not Azure."""
_CREATED: Final = (
    "timeCreated",
    "creationTime",
    "createdAt",
    "createdDate",
    "creationDate",
    "createdOn",
    "dateCreated",
)
"""Types of resources name it differently, and many do not tell."""


def subscription(item: Item) -> tuple[Any, ...]:
    name = text_of(item.get("displayName") or item.get("subscriptionId"))
    policies = mapping_of(item.get("subscriptionPolicies"))
    return (
        name,
        name.casefold()[:256],
        key_of(item.get("subscriptionId"), 64),
        key_of(item.get("state") or "unknown", 32),
        optional_text(policies.get("quotaId"), 64),
        optional_text(policies.get("spendingLimit"), 32),
        bool(list_of(item.get("managedByTenants"))),
    )


def resource_group(item: Item) -> tuple[Any, ...]:
    name = text_of(item.get("name"))
    return (
        name,
        name.casefold()[:256],
        key_of(item.get("subscriptionId"), 64),
        key_of(item.get("location"), 64),
        _json(_tags(item)),
    )


def resource(item: Item) -> tuple[Any, ...]:
    name, tags = text_of(item.get("name"), 260), _tags(item)
    return (
        name,
        name.casefold()[:260],
        key_of(item.get("type"), 200),
        optional_text(item.get("kind"), 128),
        text_of(item.get("resourceGroup")),
        group_key(item.get("subscriptionId"), item.get("resourceGroup")),
        key_of(item.get("subscriptionId"), 64),
        key_of(item.get("location"), 64),
        _sku(item.get("sku")),
        _json(tags),
        len(tags),
        _created(item),
        orphan_reason(item),
        idle_reason(item),
    )


def tags(item: Item) -> Iterator[tuple[str, str, str]]:
    """One row per tag of a resource."""
    name = text_of(item.get("name"), 260).casefold()[:260]
    for tag, value in _tags(item).items():
        yield tag_key(tag), value, name


def words(item: Item) -> Iterator[tuple[str, str]]:
    """One row per word that a resource can be found by."""
    name = text_of(item.get("name"), 260).casefold()[:260]
    return ((word, name) for word in words_of(item))


def tag_key(name: str) -> str:
    return key_of(name, TAG_NAME)


def group_key(subscription: Any, group: Any) -> str:
    """The item key of a resource group: its id in lower case."""
    return f"/subscriptions/{key_of(subscription, 64)}/resourcegroups/{key_of(group)}"[:400]


def role(item: Item) -> tuple[Any, ...]:
    properties = mapping_of(item.get("properties"))
    return (
        _last_part(item.get("id")),
        text_of(properties.get("roleName")),
        key_of(properties.get("type")) == "customrole",
    )


def role_assignment(item: Item) -> tuple[Any, ...]:
    properties = mapping_of(item.get("properties"))
    return (
        key_of(properties.get("principalId"), 64),
        text_of(properties.get("principalType"), 32),
        _last_part(properties.get("roleDefinitionId")),
        key_of(properties.get("scope"), 400),
        moment_of(properties.get("createdOn")),
    )


def delegation(item: Item) -> tuple[Any, ...]:
    properties = mapping_of(item.get("properties"))
    offer = mapping_of(mapping_of(properties.get("registrationDefinition")).get("properties"))
    return (
        text_of(offer.get("registrationDefinitionName")),
        subscription_of(text_of(item.get("id"), 400))[:64],
        key_of(offer.get("managedByTenantId"), 64),
        text_of(offer.get("managedByTenantName")),
        text_of(properties.get("provisioningState"), 32),
        len(list_of(offer.get("authorizations"))),
    )


def _tags(item: Item) -> dict[str, str]:
    """Tags as texts: names as written, and no more of them than Azure could have sent."""
    given = list(mapping_of(item.get("tags")).items())[:_MOST_TAGS]
    return {text_of(name, 512): text_of(value, TAG_VALUE) for name, value in given}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sku(value: Any) -> str | None:
    """`Standard_D4s_v5`, or what else the type says about its size and tier."""
    if isinstance(value, str):
        return optional_text(value, 128)
    sku = mapping_of(value)
    return optional_text(sku.get("name") or sku.get("tier") or sku.get("size"), 128)


def _created(item: Item) -> Any:
    properties = mapping_of(item.get("properties"))
    given = [properties.get(name) for name in _CREATED] + [mapping_of(item.get("systemData")).get("createdAt")]
    return next(filter(None, map(moment_of, given)), None)


def _last_part(value: Any) -> str:
    return text_of(value, 4000).lower().rpartition("/")[2][:64]


_SHARED: Final = {"tenant_id", "id", "microsoft_tenant_id", "item_key", "body_id"}
_COUNTED: Final = {"subscription": {"resources"}, "resource_group": {"resources"}}
"""Columns that are counted after a collection and are not in the item."""


def _of(
    dataset: str, model: type[Base], row: Callable[[Item], tuple[Any, ...]], parts: Sequence[Parts] = ()
) -> Projection:
    """Columns in the order they are declared in: that is the order `row` returns them in."""
    table = Base.metadata.tables[model.__tablename__]
    left_out = _SHARED | _COUNTED.get(table.name, set())
    columns = [column.name for column in table.columns if column.name not in left_out]
    return project(Projection(dataset, table, columns, row, parts))


_TAGS: Final = Parts(
    Base.metadata.tables[models.ResourceTag.__tablename__], "resource_id", ["tag_key", "value", "name_key"], tags
)
_WORDS: Final = Parts(
    Base.metadata.tables[models.ResourceWord.__tablename__], "resource_id", ["word", "name_key"], words
)

_of("azure.subscriptions", models.Subscription, subscription)
_of("azure.resource_groups", models.ResourceGroup, resource_group)
_of("azure.resources", models.Resource, resource, (_TAGS, _WORDS))
_of("azure.role_definitions", AzureRole, role)
_of("azure.role_assignments", AzureRoleAssignment, role_assignment)
_of("azure.lighthouse", models.AzureDelegation, delegation)
