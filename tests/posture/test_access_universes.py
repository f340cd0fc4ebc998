"""What holds for every Conditional Access policy: nothing makes a failing one pass but what the control asks for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.posture.controls.cases_conditional_access import EVERYWHERE, GOOD, NO_P2, REPORTING, ROLES, policy
from tests.posture.controls.cases_privileges import admins
from tests.posture.judging import judged

from tenantry.observe.catalogue.identity import CONDITIONAL_ACCESS
from tenantry.posture.verdicts import Status

_ADMINS = ("access.mfa_for_admins", "access.admin_sessions_are_short", "access.phishing_resistant_mfa_for_admins")
_KEYS = st.sampled_from(sorted(GOOD))
_EXCLUSIONS = st.dictionaries(
    st.sampled_from(
        [
            "conditions.users.excludeUsers",
            "conditions.users.excludeGroups",
            "conditions.users.excludeRoles",
            "conditions.applications.excludeApplications",
            "conditions.platforms.excludePlatforms",
            "conditions.locations.excludeLocations",
        ]
    ),
    st.lists(st.sampled_from(["one", "two", "All", "AllTrusted"]), min_size=1, max_size=3),
    min_size=1,
)
_NARROWING = st.sampled_from(
    [
        {"conditions.platforms.includePlatforms": ["iOS"]},
        {"conditions.locations.includeLocations": ["a-place"]},
        {"conditions.insiderRiskLevels": "elevated"},
        {"conditions.devices": {"deviceFilter": {"mode": "include", "rule": "x"}}},
        {"conditions.users.includeUsers": ["ida"], "conditions.users.includeRoles": ROLES[:1]},
        {"conditions.users.includeUsers": [], "conditions.users.includeRoles": []},
    ]
)
"""Each leaves somebody or some sign-in uncovered."""
_CHANGES = st.lists(st.tuples(_KEYS, st.sampled_from(["enabled", "disabled", REPORTING["state"]])), max_size=4)


def verdict_of(key: str, *policies: dict[str, Any]) -> Status:
    return judged(key, {CONDITIONAL_ACCESS: list(policies)}).status


@given(_KEYS, _KEYS, _EXCLUSIONS)
def test_excluding_more_never_makes_a_policy_pass(key: str, other: str, exclusions: dict[str, list[str]]) -> None:
    before = verdict_of(key, policy(GOOD[other]))
    after = verdict_of(key, policy({**GOOD[other], **exclusions}))
    assert not (before is Status.FAIL and after is Status.PASS)


@given(_KEYS, _EXCLUSIONS)
def test_every_exclusion_of_a_policy_that_counts_is_named(key: str, exclusions: dict[str, list[str]]) -> None:
    verdict = judged(key, {CONDITIONAL_ACCESS: [policy({**GOOD[key], **exclusions})]})
    if verdict.status is Status.PASS:
        notes = " ".join(verdict.review)
        assert all(value in notes for values in exclusions.values() for value in values)


@given(_KEYS, _CHANGES)
def test_report_only_and_disabled_policies_never_make_a_control_pass(key: str, others: list[tuple[str, str]]) -> None:
    policies = [policy({**GOOD[name], "state": state}, f"P{place}") for place, (name, state) in enumerate(others)]
    off = [{**one, "state": REPORTING["state"]} for one in policies]
    assert verdict_of(key, *off) is Status.FAIL
    enabled = [one for one in policies if one["state"] == "enabled"]
    assert verdict_of(key, *policies) is verdict_of(key, *enabled)


@given(_KEYS, _CHANGES, st.randoms(use_true_random=False))
def test_neither_the_order_of_policies_nor_one_more_that_is_off_matters(key: str, others: Any, random: Any) -> None:
    policies = [policy({**GOOD[name], "state": state}, f"P{place}") for place, (name, state) in enumerate(others)]
    shuffled = [*policies, policy({**GOOD[key], "state": "disabled"}, "Off")]
    random.shuffle(shuffled)
    assert verdict_of(key, *policies) is verdict_of(key, *shuffled)


@given(st.sampled_from(sorted(EVERYWHERE)), _NARROWING)
def test_a_policy_that_leaves_somebody_uncovered_is_not_for_all(key: str, narrowing: dict[str, Any]) -> None:
    assert verdict_of(key, policy({**GOOD[key], **narrowing})) is Status.FAIL


@given(st.sampled_from(_ADMINS), st.sets(st.sampled_from(ROLES)))
def test_administrators_are_covered_by_all_fifteen_roles_and_by_no_fewer(key: str, roles: set[str]) -> None:
    assert len(ROLES) == 15
    made = policy({**GOOD[key], "conditions.users.includeRoles": sorted(roles)})
    assert verdict_of(key, made) is (Status.PASS if len(roles) == 15 else Status.FAIL)
    whole = policy({**GOOD[key], "conditions.users.includeRoles": [*sorted(roles), *ROLES, "a-role-of-our-own"]})
    assert verdict_of(key, whole) is Status.PASS


@given(st.sampled_from(_ADMINS), st.integers(1, 14))
def test_policies_for_some_roles_each_do_not_add_up(key: str, at: int) -> None:
    """One policy has to cover all of them: that is how the benchmark's own audit reads."""
    halves = [policy({**GOOD[key], "conditions.users.includeRoles": part}) for part in (ROLES[:at], ROLES[at:])]
    assert verdict_of(key, *halves) is Status.FAIL


@pytest.mark.parametrize("key", sorted(GOOD))
def test_the_failure_says_that_a_policy_is_report_only(key: str) -> None:
    verdict = judged(key, {CONDITIONAL_ACCESS: [policy({**GOOD[key], **REPORTING})]})
    assert "report-only mode, which protects nobody" in verdict.summary
    assert [one.why for one in verdict.affected] == ["is in report-only mode"]


@pytest.mark.parametrize("key", sorted(GOOD))
def test_a_pass_shows_the_values_that_decided(key: str) -> None:
    verdict = judged(key, {CONDITIONAL_ACCESS: [policy(GOOD[key])]})
    (shown,) = verdict.observed["policies"]
    wanted = {path: value for path, value in GOOD[key].items() if value and not path.endswith(".id")}
    assert wanted.items() <= shown.items()
    assert shown["state"] == "enabled"


@given(st.integers(0, 12))
def test_two_to_four_global_administrators_and_no_other_number(count: int) -> None:
    verdict = judged("entra.two_to_four_global_administrators", admins(count), NO_P2)
    assert verdict.status is (Status.PASS if 2 <= count <= 4 else Status.FAIL)
