"""Places: trusted ones have to be known, and sign-ins from others to be blocked."""

from tenantry.observe.catalogue.identity import CONDITIONAL_ACCESS
from tenantry.observe.catalogue.policies import NAMED_LOCATIONS
from tenantry.posture.controls.policies import ALL, Policy
from tenantry.posture.controls.policy_tests import Lacks, everyone_everywhere, sufficient, unless
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, passed


@check("access.trusted_locations_are_defined", NAMED_LOCATIONS, feature=Feature.ENTRA_P1, gap_is_failure=True)
def trusted_locations(evidence: Evidence, _parameters: Parameters) -> Finding:
    locations = every(evidence, NAMED_LOCATIONS)
    trusted = [one.name for one in locations if _is_trusted(one) and one.objects("ipRanges")]
    observed = {"named_locations": len(locations), "trusted": trusted}
    if trusted:
        return passed(f"Trusted locations are defined: {', '.join(trusted[:5])}.", observed)
    return failed("No trusted location with an address range is defined.", observed)


@check(
    "access.geographic_restrictions",
    CONDITIONAL_ACCESS,
    NAMED_LOCATIONS,
    feature=Feature.ENTRA_P1,
    gap_is_failure=True,
    inputs=("all_locations_cover_untrusted",),
)
def geographic_restrictions(evidence: Evidence, parameters: Parameters) -> Finding:
    locations = every(evidence, NAMED_LOCATIONS)
    trusted = {one.id for one in locations if _is_trusted(one)}
    untrusted = {one.id for one in locations} - trusted

    def lacks(policy: Policy) -> Lacks:
        included, excluded = policy.values("locations.includeLocations"), policy.values("locations.excludeLocations")
        everywhere = parameters.all_locations_cover_untrusted and ALL in included
        return [
            *everyone_everywhere(policy, "locations"),
            *unless(
                names_no_untrusted_location=everywhere or bool(included & untrusted),
                does_not_leave_out_trusted_locations="AllTrusted" in excluded or bool(excluded & trusted),
                does_not_block=policy.blocks,
            ),
        ]

    return sufficient(every(evidence, CONDITIONAL_ACCESS), lacks, "blocks sign-ins from untrusted places")


def _is_trusted(location: Facts) -> bool:
    return location.flag("isTrusted", default=False)
