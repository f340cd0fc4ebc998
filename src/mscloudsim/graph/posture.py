"""Settings that decide how safe a tenant is: devices, applications, sessions, guests, reviews, other services."""

from collections.abc import Callable
from typing import Final

from mscloudsim.graph.call import Call, answer, not_found
from mscloudsim.graph.licences import need_access_reviews, need_intune, need_privileged_identity_management
from mscloudsim.graph.listing import Listing, page, rows
from mscloudsim.graph.options import Expand
from mscloudsim.graph.routing import Handler, route
from mscloudsim.graph.schema import EntityType, Item
from mscloudsim.graph.setting_types import (
    ACCESS_REVIEW,
    ADMIN_CONSENT,
    APP_MANAGEMENT,
    APPS_AND_SERVICES,
    B2B_MANAGEMENT,
    DEVICE_MANAGEMENT,
    DEVICE_REGISTRATION,
    DIRECTORY_SETTING,
    ENROLLMENT,
    FORMS,
    GROUP_SETTING,
    LEGACY_POLICY,
    REQUIREMENTS,
    ROLE_POLICY_ASSIGNMENT,
    SHAREPOINT,
    SYNCHRONIZATION,
    TIMEOUT,
)
from mscloudsim.http import Reply

_Need = Callable[[Call], None]


def _free(_call: Call) -> None:
    """Needs no licence."""


def _object(entity: EntityType, name: str, need: _Need = _free) -> Handler:
    """Answers the one object of this name."""

    def handler(call: Call) -> Reply:
        need(call)
        return call.one(entity, call.directory.settings.object(name))

    return handler


def _value(entity: EntityType, name: str, need: _Need = _free) -> Handler:
    """Answers a property that is an object itself; it has no identity of its own."""

    def handler(call: Call) -> Reply:
        need(call)
        select = call.options(entity).select
        shown = entity.shown(call.directory.settings.object(name), select)
        return answer({"@odata.context": call.context(entity.set_name), **shown})

    return handler


def _list(entity: EntityType, name: str, need: _Need = _free) -> Handler:
    def handler(call: Call) -> Reply:
        need(call)
        return page(call, rows(entity, lambda: call.directory.settings.rows(name)))

    return handler


def _row(entity: EntityType, name: str, need: _Need = _free) -> Handler:
    """Answers the row of a list whose id is in the path."""

    def handler(call: Call) -> Reply:
        need(call)
        return call.one(entity, _found(call, call.directory.settings.rows(name)))

    return handler


def _found(call: Call, items: list[Item]) -> Item:
    found = next((item for item in items if str(item["id"]).lower() == call.key.lower()), None)
    if found is None:
        raise not_found(call.key)
    return found


def legacy_policies(call: Call) -> Reply:
    """The old list of everything that is kept as text, each row saying of which type it is."""
    return page(call, rows(LEGACY_POLICY, lambda: _typed(call)))


def _typed(call: Call) -> list[Item]:
    kinds = (
        ("B2BManagementPolicy", "b2bManagementPolicies"),
        ("ActivityBasedTimeoutPolicy", "activityBasedTimeoutPolicies"),
    )
    return [{**row, "type": kind} for kind, name in kinds for row in call.directory.settings.rows(name)]


def synchronizations(call: Call) -> Reply:
    return page(call, rows(SYNCHRONIZATION, lambda: [call.directory.settings.object("onPremisesSynchronization")]))


def synchronization(call: Call) -> Reply:
    return call.one(SYNCHRONIZATION, _found(call, [call.directory.settings.object("onPremisesSynchronization")]))


def role_policy_assignments(call: Call) -> Reply:
    need_privileged_identity_management(call)
    return page(call, _role_policies(call))


def role_policy_assignment(call: Call) -> Reply:
    need_privileged_identity_management(call)
    found = _found(call, call.directory.settings.rows("roleManagementPolicyAssignments"))
    return call.one(ROLE_POLICY_ASSIGNMENT, found, expand=_with_policy)


def _role_policies(call: Call) -> Listing:
    return rows(
        ROLE_POLICY_ASSIGNMENT,
        lambda: call.directory.settings.rows("roleManagementPolicyAssignments"),
        _with_policy,
    )


def _with_policy(item: Item, wanted: Expand) -> Item:
    """The policy, and its rules if those were asked for as well."""
    policy = item.get("policy") or {}
    names = wanted.select or [name for name in policy if name != "rules"]
    shown = {name: policy.get(name) for name in names}
    return {"policy": {**shown, "rules": policy.get("rules", [])} if wanted.nested == "rules" else shown}


def requirements(call: Call) -> Reply:
    user = call.directory.find_user(call.key)
    if user is None:
        raise not_found(call.key)
    return call.one(REQUIREMENTS, {"perUserMfaState": call.directory.per_user_mfa(user)})


_SETTINGS: Final = "groupSettings"
_TIMEOUTS: Final = "activityBasedTimeoutPolicies"
_B2B: Final = "b2bManagementPolicies"
_REVIEWS: Final = "/identityGovernance/accessReviews/definitions"
_ROLE_POLICIES: Final = "/policies/roleManagementPolicyAssignments"
_ENROLMENT: Final = "/deviceManagement/deviceEnrollmentConfigurations"
_SYNC: Final = "/directory/onPremisesSynchronization"
ROUTES: Final = (
    route("GET", "/policies/deviceRegistrationPolicy", _object(DEVICE_REGISTRATION, "deviceRegistrationPolicy")),
    route("GET", "/policies/adminConsentRequestPolicy", _object(ADMIN_CONSENT, "adminConsentRequestPolicy")),
    route("GET", "/policies/defaultAppManagementPolicy", _object(APP_MANAGEMENT, "defaultAppManagementPolicy")),
    route("GET", "/policies/activityBasedTimeoutPolicies", _list(TIMEOUT, _TIMEOUTS)),
    route("GET", "/policies/activityBasedTimeoutPolicies/{id}", _row(TIMEOUT, _TIMEOUTS)),
    route("GET", "/policies/b2bManagementPolicies", _list(B2B_MANAGEMENT, _B2B), "beta"),
    route("GET", "/policies/b2bManagementPolicies/{id}", _row(B2B_MANAGEMENT, _B2B), "beta"),
    route("GET", "/legacy/policies", legacy_policies, "beta"),
    route("GET", "/groupSettings", _list(GROUP_SETTING, _SETTINGS), "v1.0"),
    route("GET", "/groupSettings/{id}", _row(GROUP_SETTING, _SETTINGS), "v1.0"),
    route("GET", "/settings", _list(DIRECTORY_SETTING, _SETTINGS), "beta"),
    route("GET", "/settings/{id}", _row(DIRECTORY_SETTING, _SETTINGS), "beta"),
    route("GET", _SYNC, synchronizations),
    route("GET", f"{_SYNC}/{{id}}", synchronization),
    route("GET", _ROLE_POLICIES, role_policy_assignments),
    route("GET", f"{_ROLE_POLICIES}/{{id}}", role_policy_assignment),
    route("GET", _REVIEWS, _list(ACCESS_REVIEW, "accessReviews", need_access_reviews)),
    route("GET", f"{_REVIEWS}/{{id}}", _row(ACCESS_REVIEW, "accessReviews", need_access_reviews)),
    route("GET", "/admin/sharepoint/settings", _object(SHAREPOINT, "sharepointSettings")),
    route("GET", "/admin/appsAndServices/settings", _value(APPS_AND_SERVICES, "appsAndServicesSettings"), "beta"),
    route("GET", "/admin/forms/settings", _value(FORMS, "formsSettings"), "beta"),
    route("GET", "/deviceManagement/settings", _value(DEVICE_MANAGEMENT, "deviceManagementSettings", need_intune)),
    route("GET", _ENROLMENT, _list(ENROLLMENT, "deviceEnrollmentConfigurations", need_intune), "beta"),
    route("GET", f"{_ENROLMENT}/{{id}}", _row(ENROLLMENT, "deviceEnrollmentConfigurations", need_intune), "beta"),
    route("GET", "/users/{id}/authentication/requirements", requirements, "beta"),
)
