"""Testing Conditional Access policies: what keeps one from being what a control asks for, and whether one is."""

from collections.abc import Callable, Sequence

from tenantry.posture.controls.policies import ALL, MODERN, NAMED, Policy
from tenantry.posture.facts import Facts
from tenantry.posture.verdicts import Affected, Finding, failed, passed


def narrowed_by(policy: Policy, *besides: str) -> list[str]:
    """The conditions that make a policy hold only sometimes, but those the control asks for (`besides`).

    Exclusions are none of them: they are named for review, whether by list or by filter.
    """
    narrowing = {
        "platforms": policy.values("platforms.includePlatforms") - {"all"},
        "locations": policy.values("locations.includeLocations") - {ALL},
        "user risk": policy.values("userRiskLevels"),
        "sign-in risk": policy.values("signInRiskLevels"),
        "client applications": frozenset() if policy.client_types >= MODERN else policy.client_types - {"all"},
        "authentication flows": policy.flows,
        "insider risk": policy.facts.names("conditions.insiderRiskLevels"),
        "times": policy.facts.get("conditions.times") is not None,
    }
    told = [name for name, values in narrowing.items() if values and name not in besides]
    return [*told, *policy.filters("include")]


Lacks = list[str]


def unless(**told: bool) -> Lacks:
    """The reasons whose condition does not hold; underscores stand for spaces."""
    return [reason.replace("_", " ") for reason, holds in told.items() if not holds]


def conditions_of(policy: Policy, *besides: str) -> Lacks:
    """One reason that names every condition that narrows a policy, but those the control asks for."""
    narrowed = narrowed_by(policy, *besides)
    return [f"holds only under conditions ({', '.join(narrowed)})"] if narrowed else []


def everyone_everywhere(policy: Policy, *besides: str) -> Lacks:
    return [
        *unless(
            does_not_include_all_users=policy.covers_everyone,
            does_not_include_all_applications=policy.covers_every_application,
        ),
        *conditions_of(policy, *besides),
    ]


def admins_everywhere(policy: Policy, all_users_cover_roles: bool) -> Lacks:
    return [
        *unless(
            does_not_include_every_administrative_role=policy.covers_admins(all_users_cover_roles),
            does_not_include_all_applications=policy.covers_every_application,
        ),
        *conditions_of(policy),
    ]


Test = Callable[[Policy], Sequence[str]]
"""What keeps a policy from being what the control asks for; nothing when it is."""


def sufficient(policies: Sequence[Facts], test: Test, asks: str) -> Finding:
    """Passes when one enabled policy is what is asked for. `asks` completes "an enabled policy …"."""
    tested = [(policy, test(policy)) for policy in map(Policy, policies)]
    fitting = [policy for policy, reasons in tested if not reasons]
    enforced = [policy for policy in fitting if policy.is_on]
    if enforced:
        names = ", ".join(policy.name for policy in enforced[:NAMED])
        review = [note for policy in enforced for note in (*policy.exclusions, *policy.ways_around)]
        return passed(f"An enabled policy {asks}: {names}.", {"policies": [one.shown() for one in enforced]}, review)
    reporting = [policy for policy in fitting if policy.is_report_only]
    observed = {"policies": len(tested), "enabled": sum(policy.is_on for policy, _ in tested)}
    if reporting:
        names = ", ".join(policy.name for policy in reporting[:NAMED])
        return failed(
            f"A policy that {asks} is only in report-only mode, which protects nobody: {names}.",
            {**observed, "report_only": [one.shown() for one in reporting]},
            [Affected(one.facts.id, one.name, "is in report-only mode") for one in reporting],
        )
    near = [(policy, reasons[0]) for policy, reasons in tested if policy.is_on and len(reasons) == 1]
    closest = sorted(near, key=lambda pair: pair[0].name)
    affected = [Affected(policy.facts.id, policy.name, reason) for policy, reason in closest]
    return failed(f"No enabled policy {asks}.", observed, affected)
