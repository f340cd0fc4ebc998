"""Idle sessions: how long one may last in a browser on a device that nobody manages."""

import json
from typing import Final

from tenantry.observe.catalogue.identity import CONDITIONAL_ACCESS
from tenantry.observe.catalogue.policies import TIMEOUT_POLICIES
from tenantry.posture.controls.policies import Policy
from tenantry.posture.controls.policy_tests import Lacks, conditions_of, sufficient, unless
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, Unexpected, failed

_LONGEST: Final = 3
"""Hours."""


@check("m365.idle_sessions_end", TIMEOUT_POLICIES, CONDITIONAL_ACCESS, feature=Feature.ENTRA_P1, gap_is_failure=True)
def idle_sessions_end(evidence: Evidence, _parameters: Parameters) -> Finding:
    timeouts = [_timeout_of(policy) for policy in every(evidence, TIMEOUT_POLICIES)]
    if not any(0 < _hours(text) <= _LONGEST for text in timeouts if text is not None):
        return failed("No policy ends idle sessions within three hours.", {"WebSessionIdleTimeout": timeouts})
    found = sufficient(
        every(evidence, CONDITIONAL_ACCESS), _limits_browsers, "applies it to browsers on unmanaged devices"
    )
    observed = {"WebSessionIdleTimeout": timeouts, **found.observed}
    return Finding(found.status, found.summary, observed, found.affected, found.review)


def _limits_browsers(policy: Policy) -> Lacks:
    restricts = policy.facts.flag("sessionControls.applicationEnforcedRestrictions.isEnabled", default=False)
    return [
        *unless(
            does_not_include_all_users=policy.covers_everyone,
            is_not_for_Office_365_alone=policy.values("applications.includeApplications") == {"Office365"},
            is_not_for_browsers_alone=policy.client_types == {"browser"},
            does_not_use_restrictions_enforced_by_the_application=restricts,
        ),
        *conditions_of(policy, "client applications"),
    ]


def _timeout_of(policy: Facts) -> str | None:
    """The idle timeout inside the JSON text of a definition. Raises Unexpected for a text that is no JSON."""
    for text in policy.texts("definition"):
        try:
            told = json.loads(text)["ActivityBasedTimeoutPolicy"]["ApplicationPolicies"]
            found = next((one["WebSessionIdleTimeout"] for one in told if "WebSessionIdleTimeout" in one), None)
        except (ValueError, KeyError, TypeError) as error:
            raise Unexpected("entra.timeout_policies.definition", text) from error
        if found is not None:
            return str(found)
    return None


def _hours(text: str) -> float:
    """Of `03:00:00` or `1.00:00:00`. Raises Unexpected."""
    days, _, clock = text.rpartition(".")
    try:
        hours, minutes, seconds = (float(part) for part in clock.split(":"))
        return float(days or 0) * 24 + hours + minutes / 60 + seconds / 3600
    except ValueError as error:
        raise Unexpected("WebSessionIdleTimeout", text) from error
