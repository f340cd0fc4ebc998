"""Changes of groups, their members and owners, each with its audit entry; `by` is a person's name or an application."""

from typing import Any, Final

from mscloudsim.world.directory.directory import Directory
from mscloudsim.world.directory.history import edit, target
from mscloudsim.world.directory.stamps import stamp

Item = dict[str, Any]
_UNSET: Final = (
    "deletedDateTime", "description", "mail", "visibility", "isAssignableToRole", "membershipRule",
    "membershipRuleProcessingState", "classification", "expirationDateTime", "onPremisesSyncEnabled",
    "onPremisesLastSyncDateTime", "preferredLanguage", "theme",
)  # fmt: skip


def group_created(directory: Directory, values: Item, by: str) -> Item:
    """Makes a group; values are those a writer may give."""
    now = stamp(directory.now())
    address = f"{values['mailNickname']}@{directory.tenant.domain}" if values.get("mailEnabled") else None
    item = {
        "id": directory.new_id("group", directory.groups.version),
        **dict.fromkeys(_UNSET),
        "createdDateTime": now,
        "renewedDateTime": now,
        "groupTypes": [],
        "proxyAddresses": [f"SMTP:{address}"] if address else [],
        "resourceProvisioningOptions": [],
        **values,
        "mail": address,
    }
    directory.groups.add(item)
    _log(directory, "Add group", by, item, [edit("DisplayName", None, [item["displayName"]])])
    return item


def group_edited(directory: Directory, group: str, values: Item, by: str) -> Item:
    item = _group(directory, group)
    edits = [edit(name, [item.get(name)], [value]) for name, value in values.items()]
    directory.groups.edit(item["id"], values)
    _log(directory, "Update group", by, item, edits)
    return {"id": item["id"]}


def group_deleted(directory: Directory, group: str, by: str) -> Item:
    item = _group(directory, group)
    directory.groups.remove(item["id"])
    _log(directory, "Delete group", by, item)
    return {"id": item["id"]}


def member_added(directory: Directory, group: str, member: str, by: str) -> Item:
    item = _group(directory, group)
    if directory.has_member(item["id"], member):
        raise ValueError(f"{member} is a member of {group} already")
    directory.add_member(item["id"], member)
    _log_member(directory, "Add member to group", by, item, member)
    return {"id": item["id"]}


def member_removed(directory: Directory, group: str, member: str, by: str) -> Item:
    item = _group(directory, group)
    if not directory.has_member(item["id"], member):
        raise ValueError(f"{member} is no member of {group}")
    directory.remove_member(item["id"], member)
    _log_member(directory, "Remove member from group", by, item, member)
    return {"id": item["id"]}


def owner_added(directory: Directory, group: str, owner: str, by: str) -> Item:
    item = _group(directory, group)
    directory.set_owners(item["id"], [*directory.owner_ids(item["id"]), owner])
    _log_member(directory, "Add owner to group", by, item, owner)
    return {"id": item["id"]}


def owner_removed(directory: Directory, group: str, owner: str, by: str) -> Item:
    item = _group(directory, group)
    directory.set_owners(item["id"], [key for key in directory.owner_ids(item["id"]) if key != owner])
    _log_member(directory, "Remove owner from group", by, item, owner)
    return {"id": item["id"]}


def _group(directory: Directory, group: str) -> Item:
    """By id, or by name for people at a command line."""
    item = directory.groups.find(group) or next(
        (row for _, row in directory.groups.scan() if row["displayName"] == group), None
    )
    if item is None:
        raise ValueError(f"there is no group {group}")
    return item


def _log_member(directory: Directory, activity: str, by: str, group: Item, key: str) -> None:
    kind, item = directory.find_object(key) or ("user", {"id": key})
    edits = [edit("Group.ObjectID", None, group["id"]), edit("Group.DisplayName", None, group["displayName"])]
    person = target(item, kind[0].upper() + kind[1:], edits)
    directory.history.record(activity, "GroupManagement", by, [person, target(group, "Group")], directory.now())


def _log(directory: Directory, activity: str, by: str, item: Item, edits: list[Item] | None = None) -> None:
    directory.history.record(activity, "GroupManagement", by, [target(item, "Group", edits)], directory.now())
