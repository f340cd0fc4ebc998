"""Conditional Access: what has to be asked of whom (section 5.2.2)."""

from collections.abc import Callable
from typing import Any, Final

from tenantry.observe.catalogue.identity import CONDITIONAL_ACCESS
from tenantry.posture.controls.policies import Policy
from tenantry.posture.controls.policy_tests import (
    Lacks,
    admins_everywhere,
    conditions_of,
    everyone_everywhere,
    sufficient,
    unless,
)
from tenantry.posture.controls.registry import Judge, check
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding

_INTUNE_ENROLMENT: Final = "d4ebce55-015a-49b5-a083-c84d1797ae8c"
_TOKEN_PROTECTED: Final = frozenset(
    {
        "00000002-0000-0ff1-ce00-000000000000",
        "00000003-0000-0ff1-ce00-000000000000",
        "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
    }
)
"""Exchange, SharePoint, Teams."""
_REGISTERS: Final = "urn:user:registersecurityinfo"
_WEEK: Final = 7 * 24
_ADMIN_HOURS: Final = 4
_INPUTS: Final = ("all_users_cover_roles",)

_Test = Callable[[Policy, Parameters], Lacks]


def _control(key: str, asks: str, feature: Feature = Feature.ENTRA_P1, **options: Any) -> Callable[[_Test], Judge]:
    """Registers a test of one policy as the judge of a control: one enabled policy that passes it is enough."""

    def register(test: _Test) -> Judge:
        @check(key, CONDITIONAL_ACCESS, feature=feature, gap_is_failure=feature is Feature.ENTRA_P1, **options)
        def judge(evidence: Evidence, parameters: Parameters) -> Finding:
            return sufficient(every(evidence, CONDITIONAL_ACCESS), lambda policy: test(policy, parameters), asks)

        return judge

    return register


@_control("access.mfa_for_admins", "requires MFA of every administrative role", inputs=_INPUTS)
def _mfa_for_admins(policy: Policy, parameters: Parameters) -> Lacks:
    return [
        *admins_everywhere(policy, parameters.all_users_cover_roles),
        *unless(does_not_require_MFA=policy.requires_mfa),
    ]


@_control("access.mfa_for_everyone", "requires MFA of all users in all applications")
def _mfa_for_everyone(policy: Policy, _parameters: Parameters) -> Lacks:
    return [*everyone_everywhere(policy), *unless(does_not_require_MFA=policy.requires_mfa)]


@_control("access.legacy_authentication_is_blocked", "blocks legacy authentication for all users")
def _legacy(policy: Policy, _parameters: Parameters) -> Lacks:
    both = policy.client_types >= {"exchangeActiveSync", "other"}
    return [
        *everyone_everywhere(policy, "client applications"),
        *unless(does_not_name_both_kinds_of_legacy_clients=both, does_not_block=policy.grants == {"block"}),
    ]


@_control("access.admin_sessions_are_short", "keeps sessions of administrators short", inputs=_INPUTS)
def _admin_sessions(policy: Policy, parameters: Parameters) -> Lacks:
    hours = policy.frequency_hours
    return [
        *admins_everywhere(policy, parameters.all_users_cover_roles),
        *unless(
            does_not_ask_again_within_4_hours=hours is not None and hours <= _ADMIN_HOURS,
            lets_browser_sessions_persist=policy.never_persists,
        ),
    ]


@_control(
    "access.phishing_resistant_mfa_for_admins", "requires phishing-resistant MFA of administrators", inputs=_INPUTS
)
def _phishing_resistant(policy: Policy, parameters: Parameters) -> Lacks:
    resistant = policy.requires_phishing_resistant
    return [
        *admins_everywhere(policy, parameters.all_users_cover_roles),
        *unless(allows_methods_that_can_be_phished=resistant),
    ]


@_control("access.user_risk", "makes users at high risk change their password", Feature.ENTRA_P2)
def _user_risk(policy: Policy, _parameters: Parameters) -> Lacks:
    return [
        *everyone_everywhere(policy, "user risk"),
        *unless(
            does_not_hold_at_high_user_risk="high" in policy.values("userRiskLevels"),
            does_not_require_a_password_change="passwordChange" in policy.grants,
            does_not_require_MFA=policy.requires_mfa,
            does_not_ask_every_time=policy.every_time,
        ),
    ]


def _risky_sign_in(policy: Policy) -> bool:
    return policy.values("signInRiskLevels") >= {"high", "medium"}


@_control("access.sign_in_risk", "answers sign-ins at medium and high risk", Feature.ENTRA_P2)
def _sign_in_risk(policy: Policy, _parameters: Parameters) -> Lacks:
    answers = policy.blocks or (policy.requires_mfa and policy.every_time)
    return [
        *everyone_everywhere(policy, "sign-in risk"),
        *unless(
            does_not_hold_at_medium_and_high_risk=_risky_sign_in(policy),
            neither_blocks_nor_asks_for_MFA_every_time=answers,
        ),
    ]


@_control("access.sign_in_risk_is_blocked", "blocks sign-ins at medium and high risk", Feature.ENTRA_P2)
def _sign_in_risk_blocked(policy: Policy, _parameters: Parameters) -> Lacks:
    return [
        *everyone_everywhere(policy, "sign-in risk"),
        *unless(
            excludes_applications=not policy.values("applications.excludeApplications"),
            does_not_hold_at_medium_and_high_risk=_risky_sign_in(policy),
            does_not_block=policy.blocks,
        ),
    ]


@_control("access.managed_device_is_required", "requires a managed device of all users")
def _managed_device(policy: Policy, _parameters: Parameters) -> Lacks:
    return [*everyone_everywhere(policy), *unless(lets_unmanaged_devices_in=policy.requires_managed_device)]


@_control(
    "access.managed_device_to_register_security_information",
    "requires a managed device to register security information",
)
def _managed_registration(policy: Policy, _parameters: Parameters) -> Lacks:
    registers = policy.values("applications.includeUserActions") == {_REGISTERS}
    return [
        *unless(
            does_not_include_all_users=policy.covers_everyone,
            is_not_about_registering_security_information=registers,
            lets_unmanaged_devices_in=policy.requires_managed_device,
        ),
        *conditions_of(policy),
    ]


@_control("access.intune_enrolment_sign_in_frequency", "asks every time a device is enrolled in Intune")
def _intune_enrolment(policy: Policy, _parameters: Parameters) -> Lacks:
    named = _INTUNE_ENROLMENT in policy.values("applications.includeApplications")
    return [
        *unless(
            does_not_include_all_users=policy.covers_everyone,
            does_not_name_Intune_enrolment=named,
            does_not_require_MFA=policy.requires_mfa,
            does_not_ask_every_time=policy.every_time,
        ),
        *conditions_of(policy),
    ]


@_control("access.device_code_flow_is_blocked", "blocks the device code flow for all users")
def _device_code(policy: Policy, _parameters: Parameters) -> Lacks:
    return [
        *everyone_everywhere(policy, "authentication flows"),
        *unless(
            is_not_about_the_device_code_flow="deviceCodeFlow" in policy.flows,
            does_not_block=policy.grants == {"block"},
        ),
    ]


@_control("access.authentication_transfer_is_blocked", "blocks authentication transfer for all users")
def _authentication_transfer(policy: Policy, _parameters: Parameters) -> Lacks:
    return [
        *everyone_everywhere(policy, "authentication flows"),
        *unless(
            is_not_about_authentication_transfer="authenticationTransfer" in policy.flows,
            does_not_block=policy.blocks,
        ),
    ]


@_control("access.periodic_reauthentication", "makes all users sign in again within seven days")
def _periodic(policy: Policy, _parameters: Parameters) -> Lacks:
    hours = policy.frequency_hours
    return [
        *everyone_everywhere(policy),
        *unless(does_not_ask_again_within_seven_days=hours is not None and 0 < hours <= _WEEK),
    ]


@_control("access.token_protection", "protects session tokens on Windows")
def _token_protection(policy: Policy, _parameters: Parameters) -> Lacks:
    users = policy.values("users.includeUsers")
    someone = bool(users - {"None"}) or bool(policy.values("users.includeGroups") | policy.values("users.includeRoles"))
    protects = policy.facts.flag("sessionControls.secureSignInSession.isEnabled", default=False)
    return unless(
        includes_nobody=someone,
        does_not_name_Exchange_SharePoint_and_Teams=policy.values("applications.includeApplications")
        >= _TOKEN_PROTECTED,
        does_not_hold_on_Windows="windows" in policy.values("platforms.includePlatforms"),
        is_not_for_desktop_clients_alone=policy.client_types == {"mobileAppsAndDesktopClients"},
        does_not_protect_tokens=protects,
    )
