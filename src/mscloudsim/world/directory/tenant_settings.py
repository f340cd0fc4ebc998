"""The tenant-wide settings of a directory: made from its care when first asked for, kept once somebody changed them."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from mscloudsim.world.directory import admin_centres, governance, posture
from mscloudsim.world.directory.domains import domains
from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.policies import (
    authentication_methods_policy,
    authorization_policy,
    organization,
    security_defaults,
)

Item = dict[str, Any]

_MAKERS: Final[dict[str, Callable[[People], Any]]] = {
    "organization": organization,
    "domains": domains,
    "authorizationPolicy": authorization_policy,
    "authenticationMethodsPolicy": authentication_methods_policy,
    "deviceRegistrationPolicy": posture.device_registration_policy,
    "adminConsentRequestPolicy": posture.admin_consent_request_policy,
    "defaultAppManagementPolicy": posture.default_app_management_policy,
    "activityBasedTimeoutPolicies": posture.activity_based_timeout_policies,
    "b2bManagementPolicies": posture.b2b_management_policies,
    "groupSettings": posture.group_settings,
    "onPremisesSynchronization": posture.on_premises_synchronization,
    "roleManagementPolicyAssignments": governance.role_management_policy_assignments,
    "accessReviews": governance.access_reviews,
    "sharepointSettings": admin_centres.sharepoint_settings,
    "appsAndServicesSettings": admin_centres.apps_and_services_settings,
    "formsSettings": admin_centres.forms_settings,
    "deviceManagementSettings": admin_centres.device_management_settings,
    "deviceEnrollmentConfigurations": admin_centres.device_enrollment_configurations,
}


class TenantSettings:
    """One JSON document for each name: an object, or the rows of a list."""

    def __init__(self, people: People, policies: Callable[[], int]) -> None:
        self._makers: dict[str, Callable[[], Any]] = {name: partial(make, people) for name, make in _MAKERS.items()}
        self._makers["securityDefaults"] = lambda: security_defaults(people, policies())
        self._changed: dict[str, Any] = {}
        self.version = 0

    @property
    def names(self) -> list[str]:
        return sorted(self._makers)

    def object(self, name: str) -> Item:
        found: Item = self.document(name)
        return found

    def rows(self, name: str) -> list[Item]:
        found: list[Item] = self.document(name)
        return found

    def document(self, name: str) -> Any:
        return self._changed[name] if name in self._changed else self._makers[name]()

    def change(self, name: str, document: Any) -> None:
        self._changed[name] = document
        self.version += 1
