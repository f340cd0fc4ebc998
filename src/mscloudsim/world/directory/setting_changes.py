"""Flipping one setting of a directory by name, with the audit entry the service would leave.

A name begins with the object and goes on with the path of the property, all parts separated by dots:

- `authorizationPolicy.defaultUserRolePermissions.allowedToCreateApps`: any property of a tenant-wide object;
- `groupSettings.5cf42378-d67d-4f36-ba46-e8b86229381d.values.LockoutThreshold.value`: an element of a list is named
  by its id, name, template, role or position;
- `conditionalAccess.policies.Block legacy authentication.state`, `conditionalAccess.namedLocations.…`;
- `users.{id}.onPremisesSyncEnabled`, `groups.{id or name}.visibility`, `servicePrincipals.{application id}.…`;
- `userRegistrationDetails.{user id}.isMfaCapable`, `perUserMfa.{user id}`: what a report says about one person.

Without a path the whole object or list is replaced; a single element set to null is taken out of its list.
"""

from collections.abc import Callable
from typing import Any, Final

from mscloudsim.world import paths
from mscloudsim.world.directory.directory import Directory, directory_of
from mscloudsim.world.directory.history import edit, target
from mscloudsim.world.directory.roster import Roster
from mscloudsim.world.estate import Tenant
from mscloudsim.world.settings import SettingsOwner
from mscloudsim.world.world import World

Item = dict[str, Any]
_ADMIN: Final = "admin@sim.example"
_NEEDED: Final = ("displayName", "state", "conditions")
_MFA_STATES: Final = ("disabled", "enabled", "enforced")
_ENTRIES: Final = {
    "organization": ("Update company settings", "DirectoryManagement", ""),
    "domains": ("Update domain", "DirectoryManagement", ""),
    "authorizationPolicy": ("Update authorization policy", "AuthorizationPolicy", ""),
    "securityDefaults": ("Update security defaults", "Policy", ""),
    "authenticationMethodsPolicy": (
        "Authentication Methods Policy Update",
        "ApplicationManagement",
        "Authentication Methods",
    ),
    "deviceRegistrationPolicy": ("Set device registration policies", "Device", "Device Registration Service"),
    "adminConsentRequestPolicy": ("Update policy", "Policy", "Core Directory"),
    "defaultAppManagementPolicy": ("Update policy", "Policy", "Core Directory"),
    "activityBasedTimeoutPolicies": ("Update policy", "Policy", "Core Directory"),
    "b2bManagementPolicies": ("Update policy", "Policy", "Core Directory"),
    "groupSettings": ("Update company settings", "DirectoryManagement", ""),
    "onPremisesSynchronization": ("Set DirSync feature", "DirectoryManagement", ""),
    "roleManagementPolicyAssignments": ("Update role setting in PIM", "RoleManagement", "PIM"),
    "accessReviews": ("Update access review", "Policy", "Access Reviews"),
}
"""What the directory's log says; Intune, SharePoint and the admin center keep theirs elsewhere."""


def entra_settings(world: World) -> SettingsOwner:
    """The owner of the names that begin with `entra.`."""

    def change(tenant: Tenant, name: str, value: Any) -> Item:
        shown = change_entra_setting(directory_of(world, tenant), name, value)
        return {"setting": f"entra.{name}", "value": shown}

    return change


def change_entra_setting(directory: Directory, name: str, value: Any) -> Any:
    """Sets what is named and returns the value. Raises ValueError for names that are not there and wrong values."""
    head, _, path = name.partition(".")
    if head in directory.settings.names:
        return _change_document(directory, head, path, value)
    special = _SPECIAL.get(head)
    if special is None:
        known = ", ".join(sorted((*directory.settings.names, *_SPECIAL)))
        raise ValueError(f"there is no entra.{head}; there are {known}")
    return special(directory, path, value)


def _change_document(directory: Directory, name: str, path: str, value: Any) -> Any:
    old = directory.settings.document(name)
    new = paths.changed(old, path, value)
    if new is None or (isinstance(new, list) and not all(isinstance(row, dict) for row in new)):
        raise ValueError(f"entra.{name} is {'a list of objects' if isinstance(old, list) else 'an object'}")
    directory.settings.change(name, new)
    entry = _ENTRIES.get(name)
    if entry is not None:
        activity, category, service = entry
        shown = {"id": str(old.get("id", "")) if isinstance(old, dict) else "", "displayName": name}
        edits = _edits(path or name, old, new)
        directory.history.record(activity, category, _ADMIN, [target(shown, "Policy", edits)], directory.now(), service)
    return value


def _edits(path: str, old: Any, new: Any) -> list[Item]:
    """An object's log names its changed properties; a list's holds both versions whole."""
    if isinstance(old, dict):
        return [edit(key, old.get(key), new[key]) for key in new if old.get(key) != new[key]]
    return [edit(path, old, new)]


def _change_access(directory: Directory, path: str, value: Any) -> Any:
    """`conditionalAccess.policies` or `.namedLocations`, whole or one of them."""
    kind, _, rest = path.partition(".")
    if kind not in _ROSTERS:
        raise ValueError(f"there is no conditionalAccess.{kind}; there are {', '.join(_ROSTERS)}")
    roster, noun = _ROSTERS[kind](directory)
    old = [row for _, row in roster.scan()]
    new = paths.changed(old, rest, value)
    if not isinstance(new, list) or not all(_is_row(row, kind) for row in new):
        raise ValueError(f"conditionalAccess.{kind} is a list of objects with {', '.join(_NEEDED)}")
    known = {row["id"]: row for row in old}
    kept = {row["id"]: row for row in new if row.get("id") in known}
    for key in known.keys() - kept.keys():
        roster.remove(key)
        _log_access(directory, f"Delete {noun}", known[key], known[key], None)
    for key, row in kept.items():
        if row != known[key]:
            roster.edit(key, row)
            _log_access(directory, f"Update {noun}", row, known[key], row)
    for row in new:
        if row.get("id") not in known:
            made = {**_blank(kind), **row, "id": directory.new_id(kind, roster.version)}
            roster.add(made)
            _log_access(directory, f"Add {noun}", made, None, made)
    return value


def _is_row(row: Any, kind: str) -> bool:
    needed = _NEEDED if kind == "policies" else _NEEDED[:1]
    return isinstance(row, dict) and all(row.get(name) is not None for name in needed)


def _blank(kind: str) -> Item:
    names = ("createdDateTime", "modifiedDateTime", "deletedDateTime")
    more = ("templateId", "grantControls", "sessionControls") if kind == "policies" else ()
    return dict.fromkeys((*names, *more))


def _log_access(directory: Directory, activity: str, shown: Item, old: Item | None, new: Item | None) -> None:
    edits = [edit("ConditionalAccessPolicy", old, new)]
    directory.history.record(activity, "Policy", _ADMIN, [target(shown, "Policy", edits)], directory.now())


def _change_object(kind: str, noun: str, category: str) -> Callable[[Directory, str, Any], Any]:
    """A changer of one property of a directory object."""

    def change(directory: Directory, path: str, value: Any) -> Any:
        key, _, rest = path.partition(".")
        roster: Roster = getattr(directory, kind)
        old = roster.find(key) or _by_name(roster, key)
        if old is None or not rest:
            raise ValueError(f"there is no {key} in {kind}" if rest else f"name a property of {kind}.{key}")
        new = paths.changed(old, rest, value)
        names = [name for name in new if new[name] != old[name]]
        roster.edit(old["id"], {name: new[name] for name in names})
        edits = [edit(name, old[name], new[name]) for name in names]
        entry = [target(old, noun, edits)]
        directory.history.record(f"Update {_WORDED[noun]}", category, _ADMIN, entry, directory.now())
        return value

    return change


def _by_name(roster: Roster, key: str) -> Item | None:
    names = ("appId", "displayName")
    return next((row for _, row in roster.scan() if key in (row.get(name) for name in names)), None)


def _change_registration(directory: Directory, path: str, value: Any) -> Any:
    key, _, name = path.partition(".")
    position = directory.users.position_of(key.lower())
    row = next(directory.registrations(position), (None, None)) if position is not None else (None, None)
    if row[1] is None or row[0] != position:
        raise ValueError(f"the registration report has nobody with the id {key}")
    paths.changed(row[1], name, value)
    if name not in row[1] or name == "id":
        raise ValueError(f"name one of {', '.join(row[1])}")
    directory.mark(key.lower(), name, value)
    return value


def _change_per_user_mfa(directory: Directory, path: str, value: Any) -> Any:
    user = directory.find_user(path)
    if user is None or value not in _MFA_STATES:
        raise ValueError(f"there is no user {path}" if user is None else f"it is one of {', '.join(_MFA_STATES)}")
    edits = [edit("StrongAuthenticationRequirement", directory.per_user_mfa(user), value)]
    directory.mark(user["id"], "perUserMfaState", value)
    directory.history.record("Update user", "UserManagement", _ADMIN, [target(user, "User", edits)], directory.now())
    return value


_WORDED: Final = {"User": "user", "Group": "group", "ServicePrincipal": "service principal"}
_ROSTERS: Final[dict[str, Callable[[Directory], tuple[Roster, str]]]] = {
    "policies": lambda directory: (directory.policies, "conditional access policy"),
    "namedLocations": lambda directory: (directory.locations, "named location"),
}
_SPECIAL: Final[dict[str, Callable[[Directory, str, Any], Any]]] = {
    "conditionalAccess": _change_access,
    "users": _change_object("users", "User", "UserManagement"),
    "groups": _change_object("groups", "Group", "GroupManagement"),
    "servicePrincipals": _change_object("principals", "ServicePrincipal", "ApplicationManagement"),
    "userRegistrationDetails": _change_registration,
    "perUserMfa": _change_per_user_mfa,
}
