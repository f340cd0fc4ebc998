"""Which features a Microsoft tenant pays for, out of the service plans of its licences."""

from typing import Any

import pytest
from tests.posture.judging import judged

from tenantry.observe.catalogue.identity import CONDITIONAL_ACCESS, SUBSCRIBED_SKUS
from tenantry.posture.facts import Facts
from tenantry.posture.licences import PLANS, Feature, features_in
from tenantry.posture.verdicts import Cause, Status


def sku(*plans: str, status: str | None = "Enabled") -> dict[str, Any]:
    named = [{"servicePlanName": plan, "provisioningStatus": "Success"} for plan in plans]
    return {"id": "sku", "skuPartNumber": "SKU", "capabilityStatus": status, "servicePlans": named}


def features(*skus: dict[str, Any]) -> frozenset[Feature]:
    return features_in([Facts("entra.subscribed_skus", one) for one in skus])


@pytest.mark.parametrize(
    ("plans", "wanted"),
    [
        ((), set()),
        (("EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE"), set()),
        (("AAD_PREMIUM",), {Feature.ENTRA_P1}),
        (("AAD_PREMIUM_P2",), {Feature.ENTRA_P1, Feature.ENTRA_P2, Feature.ACCESS_REVIEWS}),
        (("Entra_Identity_Governance",), {Feature.ACCESS_REVIEWS}),
        (("ATP_ENTERPRISE",), {Feature.DEFENDER_OFFICE_P1}),
        (("THREAT_INTELLIGENCE",), {Feature.DEFENDER_OFFICE_P1, Feature.DEFENDER_OFFICE_P2}),
        (("INTUNE_A", "AAD_PREMIUM"), {Feature.INTUNE, Feature.ENTRA_P1}),
        (("BI_AZURE_P2",), {Feature.FABRIC}),
        (("M365_COPILOT_APPS",), {Feature.COPILOT}),
    ],
)
def test_plans_bring_features(plans: tuple[str, ...], wanted: set[Feature]) -> None:
    assert features(sku(*plans)) == wanted


@pytest.mark.parametrize("feature", list(Feature))
def test_each_plan_of_a_feature_brings_it_alone(feature: Feature) -> None:
    assert PLANS[feature]
    assert all(feature in features(sku(plan)) for plan in PLANS[feature])


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("Enabled", True),
        ("Warning", True),
        ("Suspended", False),
        ("LockedOut", False),
        ("Deleted", False),
        (None, False),
    ],
)
def test_only_licences_in_force_count(status: str | None, counts: bool) -> None:
    assert (Feature.ENTRA_P1 in features(sku("AAD_PREMIUM", status=status))) == counts


def test_one_licence_in_force_among_others_is_enough() -> None:
    lapsed, small = sku("AAD_PREMIUM_P2", status="Suspended"), sku("AAD_PREMIUM")
    assert features(lapsed, small, sku()) == {Feature.ENTRA_P1}


def test_the_licence_that_is_missing_is_named_with_its_proof() -> None:
    """A gap where the benchmark asks all the same; not applicable where it does not; and licences are a source."""
    gap = judged("access.mfa_for_everyone", {CONDITIONAL_ACCESS: [], SUBSCRIBED_SKUS: [sku("EXCHANGE_S_ENTERPRISE")]})
    assert (gap.status, gap.cause) == (Status.FAIL, Cause.NOT_LICENSED)
    assert "Entra ID P1" in gap.summary
    absent = judged("access.user_risk", {CONDITIONAL_ACCESS: [], SUBSCRIBED_SKUS: [sku("AAD_PREMIUM")]})
    assert (absent.status, absent.cause) == (Status.NOT_APPLICABLE, None)
    assert absent.fact == absent.summary == "None of the subscribed licences includes Entra ID P2."
    assert all(SUBSCRIBED_SKUS in [one.dataset for one in verdict.sources] for verdict in (gap, absent))


def test_licences_that_are_not_known_take_nothing_away() -> None:
    """Then the settings themselves decide, and Microsoft's answer where it refuses."""
    verdict = judged("access.mfa_for_everyone", {CONDITIONAL_ACCESS: []}, None)
    assert (verdict.status, verdict.cause) == (Status.FAIL, None)
