"""Reading Azure's ids: `/subscriptions/{key}/resourceGroups/{name}/providers/{type}/{name}`, in any casing.

What an id does not name is an empty text: Microsoft's answers hold ids of management groups, of the root, and worse.
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""

from typing import Final

_KEY: Final = 2
_GROUP: Final = 4


def subscription_of(azure_id: str) -> str:
    """The key of the subscription, in lower case."""
    parts = azure_id.lower().split("/")
    return parts[_KEY] if len(parts) > _KEY and parts[:_KEY] == ["", "subscriptions"] else ""


def group_of(azure_id: str) -> str:
    """The name of the resource group, in lower case."""
    parts = azure_id.lower().split("/")
    is_within = bool(subscription_of(azure_id)) and len(parts) > _GROUP and parts[_GROUP - 1] == "resourcegroups"
    return parts[_GROUP] if is_within else ""


def group_id_of(azure_id: str) -> str:
    """The id of the resource group, in lower case."""
    return "/".join(azure_id.lower().split("/")[: _GROUP + 1]) if group_of(azure_id) else ""
