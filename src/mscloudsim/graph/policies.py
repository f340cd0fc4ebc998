"""Policies: Conditional Access and what goes with it, and the tenant-wide ones."""

from typing import Any, Final

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.call import Call, not_found
from mscloudsim.graph.licences import need_conditional_access
from mscloudsim.graph.listing import Listing, page, rows
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import EntityType, Item
from mscloudsim.graph.types import (
    AUTHENTICATION_METHODS,
    AUTHENTICATION_METHODS_BETA,
    AUTHORIZATION_POLICY,
    AUTHORIZATION_POLICY_BETA,
    METHOD_CONFIGURATION,
    NAMED_LOCATION,
    POLICY,
    SECURITY_DEFAULTS,
)
from mscloudsim.http import Reply
from mscloudsim.world.directory import changes
from mscloudsim.world.directory.roster import Roster

_STATES: Final = ("enabled", "disabled", "enabledForReportingButNotEnforced")
_REQUIRED: Final = ("displayName", "state", "conditions")


def access_policies(call: Call) -> Reply:
    need_conditional_access(call)
    return page(call, _of(POLICY, call.directory.policies))


def access_policy(call: Call) -> Reply:
    return call.one(POLICY, _found(call, call.directory.policies))


def create_access_policy(call: Call) -> Reply:
    need_conditional_access(call)
    call.need("Policy.Read.All")
    body = _checked(call.body, POLICY)
    missing = next((name for name in _REQUIRED if body.get(name) is None), None)
    if missing is not None:
        raise GraphRefusal(400, "BadRequest", f"1001: Required property '{missing}' is missing.")
    item = changes.add_policy(call.directory, body, call.caller.app_id)
    return call.one(POLICY, item, 201)


def update_access_policy(call: Call) -> Reply:
    call.need("Policy.Read.All")
    item, body = _found(call, call.directory.policies), _checked(call.body, POLICY)
    changes.change_policy(call.directory, item, body, call.caller.app_id)
    return Reply.empty(204)


def delete_access_policy(call: Call) -> Reply:
    call.need("Policy.Read.All")
    changes.remove_policy(call.directory, _found(call, call.directory.policies), call.caller.app_id)
    return Reply.empty(204)


def locations(call: Call) -> Reply:
    need_conditional_access(call)
    return page(call, _of(NAMED_LOCATION, call.directory.locations))


def location(call: Call) -> Reply:
    return call.one(NAMED_LOCATION, _found(call, call.directory.locations))


def authorization(call: Call) -> Reply:
    policy = call.directory.settings.object("authorizationPolicy")
    if not call.is_beta:
        return call.one(AUTHORIZATION_POLICY, policy)
    return page(call, rows(AUTHORIZATION_POLICY_BETA, lambda: [_as_in_beta(policy)]))


def _as_in_beta(policy: Item) -> Item:
    """There the policy is the only one of a list, and consent stands beside what people may do."""
    may = dict(policy["defaultUserRolePermissions"])
    consent = may.pop("permissionGrantPoliciesAssigned", [])
    return {**policy, "defaultUserRolePermissions": may, "permissionGrantPolicyIdsAssignedToDefaultUserRole": consent}


def update_authorization(call: Call) -> Reply:
    body = _checked(call.body, AUTHORIZATION_POLICY)
    changes.authorization_edited(call.directory, body, call.caller.app_id)
    return Reply.empty(204)


def security_defaults(call: Call) -> Reply:
    return call.one(SECURITY_DEFAULTS, call.directory.settings.object("securityDefaults"))


def update_security_defaults(call: Call) -> Reply:
    """Refused beside Conditional Access policies that are on, as the portal refuses it."""
    call.need("Policy.Read.All")
    on = _checked(call.body, SECURITY_DEFAULTS).get("isEnabled")
    enabled = any(row["state"] == "enabled" for _, row in call.directory.policies.scan())
    if not isinstance(on, bool) or (on and enabled):
        raise GraphRefusal(400, "BadRequest", "Security defaults cannot be enabled beside Conditional Access policies.")
    changes.security_defaults_edited(call.directory, enabled=on, by=call.caller.app_id)
    return Reply.empty(204)


def authentication_methods(call: Call) -> Reply:
    policy = call.directory.settings.object("authenticationMethodsPolicy")
    shown = {**policy, "authenticationMethodConfigurations": _configurations(call)}
    if call.is_beta:
        return call.one(AUTHENTICATION_METHODS_BETA, shown)
    return call.one(AUTHENTICATION_METHODS, AUTHENTICATION_METHODS.shown(shown, AUTHENTICATION_METHODS.properties))


def method_configurations(call: Call) -> Reply:
    return page(call, rows(METHOD_CONFIGURATION, lambda: _configurations(call)))


def method_configuration(call: Call) -> Reply:
    found = next((row for row in _configurations(call) if row["id"].lower() == call.key.lower()), None)
    if found is None:
        raise not_found(call.key)
    return call.one(METHOD_CONFIGURATION, found)


def _configurations(call: Call) -> list[Item]:
    rows: list[Item] = call.directory.settings.object("authenticationMethodsPolicy")[
        "authenticationMethodConfigurations"
    ]
    return rows if call.is_beta else [_without_companions(row) for row in rows]


def _without_companions(row: Item) -> Item:
    """Only beta tells of the authenticator on companion devices."""
    features = row.get("featureSettings")
    if not features:
        return row
    return {**row, "featureSettings": {name: features[name] for name in features if name != "companionAppAllowedState"}}


def _of(entity: EntityType, roster: Roster) -> Listing:
    return Listing(entity, roster.scan, lambda: len(roster))


def _found(call: Call, roster: Roster) -> Item:
    need_conditional_access(call)
    item = roster.find(call.key)
    if item is None:
        raise not_found(call.key)
    return item


def _checked(body: dict[str, Any], entity: EntityType) -> dict[str, Any]:
    """What may be written of a body. Raises GraphRefusal 400 for unknown properties and states."""
    unknown = next((name for name in body if not entity.has(name)), None)
    if unknown is not None or not body:
        raise GraphRefusal(400, "BadRequest", f"Invalid property '{unknown}'." if unknown else "Empty Payload.")
    if entity is POLICY and body.get("state", "enabled") not in _STATES:
        raise GraphRefusal(400, "BadRequest", f"1004: Invalid state '{str(body['state'])[:40]}'.")
    return {name: value for name, value in body.items() if not name.startswith("@") and name != "id"}


_POLICIES: Final = "/identity/conditionalAccess/policies"
_LOCATIONS: Final = "/identity/conditionalAccess/namedLocations"
_AUTHORIZATION: Final = "/policies/authorizationPolicy"
_DEFAULTS: Final = "/policies/identitySecurityDefaultsEnforcementPolicy"
_METHODS: Final = "/policies/authenticationMethodsPolicy"
ROUTES: Final = (
    route("GET", _POLICIES, access_policies),
    route("POST", _POLICIES, create_access_policy),
    route("GET", f"{_POLICIES}/{{id}}", access_policy),
    route("PATCH", f"{_POLICIES}/{{id}}", update_access_policy),
    route("DELETE", f"{_POLICIES}/{{id}}", delete_access_policy),
    route("GET", _LOCATIONS, locations),
    route("GET", f"{_LOCATIONS}/{{id}}", location),
    route("GET", _AUTHORIZATION, authorization),
    route("PATCH", _AUTHORIZATION, update_authorization),
    route("GET", _DEFAULTS, security_defaults),
    route("PATCH", _DEFAULTS, update_security_defaults),
    route("GET", _METHODS, authentication_methods),
    route("GET", f"{_METHODS}/authenticationMethodConfigurations", method_configurations),
    route("GET", f"{_METHODS}/authenticationMethodConfigurations/{{id}}", method_configuration),
)
