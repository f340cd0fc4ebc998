"""Changes that named actors make: each takes effect, shows up in change queries and leaves its audit entry."""

from collections.abc import Callable
from typing import Any

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.directory.applications import PERMISSIONS
from mscloudsim.world.directory.directory import Directory, directory_of
from mscloudsim.world.directory.group_changes import member_added, member_removed
from mscloudsim.world.directory.history import edit, target
from mscloudsim.world.directory.licences import base_for
from mscloudsim.world.directory.people import LEADERS
from mscloudsim.world.directory.roles import BY_ID, GLOBAL_ADMINISTRATOR
from mscloudsim.world.directory.stamps import stamp
from mscloudsim.world.estate import SERVICE_PERMISSIONS, Tenant
from mscloudsim.world.world import World

Item = dict[str, Any]
HR, HELPDESK, ADMIN = "hr@sim.example", "helpdesk@sim.example", "admin@sim.example"


def user_joins(directory: Directory, name: str = "New Person", by: str = HR) -> Item:
    """Somebody starts to work there; returns the id and the principal name."""
    users, tenant = directory.users, directory.tenant
    number = users.size + len(list(users.added())) + users.version
    user_id = directory.new_id("user", number)
    local = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum()) or "new"
    address = f"{local}.{user_id[:8]}@{tenant.domain}"
    pattern = directory.people.person(min(LEADERS, tenant.users) - 1)
    users.add(
        {
            **pattern,
            "id": user_id,
            "displayName": name,
            "givenName": name.partition(" ")[0],
            "surname": name.partition(" ")[2] or None,
            "userPrincipalName": address,
            "mail": address,
            "mailNickname": address.partition("@")[0],
            "proxyAddresses": [f"SMTP:{address}"],
            "accountEnabled": True,
            "assignedLicenses": [{"disabledPlans": [], "skuId": base_for(tenant, number % 256).id}],
            "createdDateTime": stamp(directory.now()),
            "onPremisesSyncEnabled": None,
        }
    )
    _log(directory, "Add user", "UserManagement", by, target(users.find(user_id) or {}, "User"))
    return {"id": user_id, "userPrincipalName": address}


def user_leaves(directory: Directory, user: str, by: str = HR) -> Item:
    """Somebody's account is deleted; it can be restored for 30 days."""
    item = _user(directory, user)
    directory.users.remove(item["id"])
    _log(directory, "Delete user", "UserManagement", by, target(item, "User"))
    return {"id": item["id"]}


def user_edited(directory: Directory, user: str, values: Item, by: str = HELPDESK) -> Item:
    """Properties of a person are set; `accountEnabled: false` is worded as disabling."""
    item = _user(directory, user)
    _known(values, item)
    edits = [edit(name, [item.get(name)], [value]) for name, value in values.items()]
    directory.users.edit(item["id"], values)
    disabled = values.get("accountEnabled") is False
    activity = "Disable account" if disabled else "Update user"
    _log(directory, activity, "UserManagement", by, target(item, "User", edits))
    return {"id": item["id"]}


def signed_in(directory: Directory, user: str, late: float = 0) -> Item:
    """Somebody signs in; with `late` that was so many seconds ago, and the entry arrives only now."""
    return {"id": directory.history.record_sign_in(_user(directory, user), directory.now() - late)["id"]}


def password_reset(directory: Directory, user: str, late: float = 0, by: str = HELPDESK) -> Item:
    """Somebody's password is reset; `late` as for `signed_in`."""
    item, when = _user(directory, user), directory.now() - late
    targets = [target(item, "User")]
    return {"id": directory.history.record("Reset user password", "UserManagement", by, targets, when)["id"]}


def role_granted(directory: Directory, user: str, role: str = GLOBAL_ADMINISTRATOR, by: str = ADMIN) -> Item:
    """Somebody is given a directory role for good; `role` is a template id or a name."""
    item = _user(directory, user)
    found = next((known for known in BY_ID.values() if role in (known["id"], known["displayName"])), None)
    if found is None:
        raise ValueError(f"there is no role {role}")
    row = directory.grant(item["id"], found["id"])
    edits = [edit("Role.DisplayName", None, found["displayName"]), edit("Role.TemplateId", None, found["id"])]
    _log(directory, "Add member to role", "RoleManagement", by, target(item, "User", edits), target(found, "Role"))
    return row


def policy_edited(directory: Directory, policy: str, values: Item, by: str = ADMIN) -> Item:
    """A Conditional Access policy, found by id or name, is changed."""
    item = _policy(directory, policy)
    _known(values, item)
    change_policy(directory, item, values, by)
    return {"id": item["id"]}


def authorization_edited(directory: Directory, values: Item, by: str = ADMIN) -> Item:
    """The authorization policy is changed."""
    policy = directory.settings.object("authorizationPolicy")
    _known(values, policy)
    directory.settings.change("authorizationPolicy", {**policy, **values})
    edits = [edit(name, policy[name], value) for name, value in values.items()]
    _log(directory, "Update authorization policy", "AuthorizationPolicy", by, target(policy, "Policy", edits))
    return {"id": policy["id"]}


def secret_added(directory: Directory, application: str, days: int = 730, by: str = ADMIN) -> Item:
    """An application is given one more secret."""
    item = next((row for _, row in directory.applications.scan() if application in (row["id"], row["appId"])), None)
    if item is None:
        raise ValueError(f"there is no application {application}")
    now = directory.now()
    key = guid(item["id"], "secret", directory.applications.version)
    times = {"startDateTime": stamp(now), "endDateTime": stamp(now + days * 86_400)}
    secret = {"customKeyIdentifier": None, "keyId": key, "displayName": None, "hint": key[:3], "secretText": None}
    directory.applications.edit(
        item["id"], {"passwordCredentials": [*item["passwordCredentials"], {**secret, **times}]}
    )
    activity = "Update application - Certificates and secrets management"
    edits = [edit("KeyDescription", [], [f"[KeyIdentifier={key},KeyType=Password,KeyUsage=Verify]"])]
    _log(directory, activity, "ApplicationManagement", by, target(item, "Application", edits))
    return {"id": item["id"], "keyId": key}


def change_policy(directory: Directory, item: Item, values: Item, by: str) -> None:
    """Edits a Conditional Access policy and leaves the entry the service leaves: both versions, whole."""
    changed = {**values, "modifiedDateTime": stamp(directory.now())}
    directory.policies.edit(item["id"], changed)
    edits = [edit("ConditionalAccessPolicy", item, {**item, **changed})]
    _log(directory, "Update conditional access policy", "Policy", by, target(item, "Policy", edits))


def add_policy(directory: Directory, values: Item, by: str) -> Item:
    """Makes a Conditional Access policy."""
    item = {
        "id": directory.new_id("policy", directory.policies.version),
        "templateId": None,
        "deletedDateTime": None,
        "createdDateTime": stamp(directory.now()),
        "modifiedDateTime": None,
        "grantControls": None,
        "sessionControls": None,
        **values,
    }
    directory.policies.add(item)
    edits = [edit("ConditionalAccessPolicy", None, item)]
    _log(directory, "Add conditional access policy", "Policy", by, target(item, "Policy", edits))
    return item


def remove_policy(directory: Directory, item: Item, by: str) -> None:
    """Deletes a Conditional Access policy."""
    directory.policies.remove(item["id"])
    edits = [edit("ConditionalAccessPolicy", item, None)]
    _log(directory, "Delete conditional access policy", "Policy", by, target(item, "Policy", edits))


def policy_removed(directory: Directory, policy: str, by: str = ADMIN) -> Item:
    """A Conditional Access policy, found by id or name, is deleted."""
    item = _policy(directory, policy)
    remove_policy(directory, item, by)
    return {"id": item["id"]}


def security_defaults_edited(directory: Directory, enabled: bool, by: str = ADMIN) -> Item:
    """Security defaults are switched on or off."""
    policy = directory.settings.object("securityDefaults")
    directory.settings.change("securityDefaults", {**policy, "isEnabled": enabled})
    edits = [edit("IsEnabled", policy["isEnabled"], enabled)]
    _log(directory, "Update security defaults", "Policy", by, target(policy, "Policy", edits))
    return {"id": policy["id"]}


def consent_granted(directory: Directory, permissions: list[str], application: str = "", by: str = ADMIN) -> Item:
    """An administrator allows an application, the one the tenant is onboarded with unless it is named, to do more."""
    estate, tenant = directory.world.estate, directory.tenant
    app = estate.apps.get(application) if application else estate.app_of(tenant)
    unknown = [name for name in permissions if name not in PERMISSIONS and name not in SERVICE_PERMISSIONS]
    if app is None or unknown:
        raise ValueError(
            f"there is no permission {unknown[0]}" if unknown else f"there is no application {application}"
        )
    before = sorted(tenant.consents.get(app.id, ()))
    tenant.consents[app.id] = {*before, *permissions}
    edits = [edit("ConsentAction.Permissions", before, sorted(tenant.consents[app.id]))]
    shown = {"id": tenant.object_id_of(app.id), "displayName": app.name}
    _log(directory, "Consent to application", "ApplicationManagement", by, target(shown, "ServicePrincipal", edits))
    return {"id": shown["id"], "permissions": sorted(tenant.consents[app.id])}


def group_member_added(directory: Directory, group: str, user: str, by: str = HELPDESK) -> Item:
    """Somebody is put into a group, found by id or name."""
    return member_added(directory, group, _user(directory, user)["id"], by)


def group_member_removed(directory: Directory, group: str, user: str, by: str = HELPDESK) -> Item:
    """Somebody is taken out of a group, found by id or name."""
    return member_removed(directory, group, _user(directory, user)["id"], by)


def _policy(directory: Directory, policy: str) -> Item:
    item = next((row for _, row in directory.policies.scan() if policy in (row["id"], row["displayName"])), None)
    if item is None:
        raise ValueError(f"there is no policy {policy}")
    return item


def _log(directory: Directory, activity: str, category: str, by: str, *targets: Item) -> None:
    directory.history.record(activity, category, by, list(targets), directory.now())


def _user(directory: Directory, user: str) -> Item:
    item = directory.find_user(user)
    if item is None:
        raise ValueError(f"there is no user {user}")
    return item


def _known(values: object, item: Item) -> None:
    if not isinstance(values, dict) or not values or not values.keys() <= item.keys():
        raise ValueError(f"values are properties of it: {', '.join(item)}")


_CHANGES = (
    user_joins,
    user_leaves,
    user_edited,
    signed_in,
    password_reset,
    role_granted,
    policy_edited,
    policy_removed,
    authorization_edited,
    security_defaults_edited,
    secret_added,
    consent_granted,
    group_member_added,
    group_member_removed,
)


def changes(world: World) -> dict[str, Callable[..., Any]]:
    """Changes by name, each taking the tenant first, for the control API."""

    def of_tenant(change: Callable[..., Item]) -> Callable[..., Item]:
        def make(tenant: Tenant, **values: Any) -> Item:
            return change(directory_of(world, tenant), **values)

        return make

    return {change.__name__: of_tenant(change) for change in _CHANGES}
