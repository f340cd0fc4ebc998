"""Access reviews: whether guests, and those who hold privileged roles, are looked at again and again."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote_plus

from tenantry.observe.catalogue.privileges import ACCESS_REVIEWS
from tenantry.posture.controls.registry import check
from tenantry.posture.controls.texts import lies_ahead
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, failed, passed

_VERSION: Final = re.compile("^/(v1.0|beta)")
_OFTEN: Final = frozenset({"weekly", "absoluteMonthly"})
REVIEWED_ROLES: Final = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
    "69091246-20e8-4a56-aa4d-066075b2a7a8": "Teams Administrator",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
}
_FLAGS: Final = {
    "mailNotificationsEnabled": "sends no mail",
    "reminderNotificationsEnabled": "sends no reminder",
    "justificationRequiredOnApproval": "asks for no justification",
    "autoApplyDecisionsEnabled": "does not apply decisions by itself",
}


@check("privileges.guest_access_reviews", ACCESS_REVIEWS, feature=Feature.ACCESS_REVIEWS, inputs=("guest_review_days",))
def guest_access_reviews(evidence: Evidence, parameters: Parameters) -> Finding:
    reviews = [one for one in every(evidence, ACCESS_REVIEWS) if "usertypeeq'guest'" in _scope_text(one)]
    faults = {one.id: [*_faults(one, parameters.guest_review_days, "Deny"), *_ends(one)] for one in reviews}
    good = [one.name for one in reviews if not faults[one.id]]
    observed = {"reviews_of_guests": len(reviews), "sufficient": good}
    if good:
        return passed(f"Guests are reviewed again and again: {good[0]}.", observed)
    if not reviews:
        return failed("No access review looks at guests.", observed)
    affected = [Affected(one.id, one.name, "; ".join(faults[one.id])) for one in reviews]
    return failed("No access review of guests is sufficient.", observed, affected)


@check("privileges.role_access_reviews", ACCESS_REVIEWS, feature=Feature.ACCESS_REVIEWS, inputs=("guest_review_days",))
def role_access_reviews(evidence: Evidence, parameters: Parameters) -> Finding:
    """Each of the six roles needs a sufficient review of its own: one role's proves nothing of the others."""
    reviews = every(evidence, ACCESS_REVIEWS)
    lacking, covered = list[Affected](), list[str]()
    for role, name in REVIEWED_ROLES.items():
        mine = [one for one in reviews if role in _role_text(one)]
        faults = [
            [*_faults(one, parameters.guest_review_days, "None"), *_people(one), *_begins(evidence, one)]
            for one in mine
        ]
        if any(not found for found in faults):
            covered.append(name)
        else:
            least = min(faults, key=len, default=["is not reviewed"])
            lacking.append(Affected(role, name, "; ".join(least)))
    observed = {"reviews": len(reviews), "roles_reviewed": covered}
    if lacking:
        return failed(
            f"{len(lacking)} of {len(REVIEWED_ROLES)} privileged roles are not reviewed as they should be.",
            observed,
            lacking,
        )
    return passed("Every privileged role is reviewed again and again.", observed)


def _faults(review: Facts, days: int, decision: str) -> list[str]:
    """What keeps a review from being sufficient, but for whom and what it is about."""
    settings = review.object("settings")
    told = [fault for flag, fault in _FLAGS.items() if not settings.flag(flag)]
    if settings.text("recurrence.pattern.type", "") not in _OFTEN:
        told.append("does not come every week or month")
    stages = review.objects("stageSettings")
    if _duration(settings, stages) > days:
        told.append(f"takes longer than {days} days")
    if settings.text("defaultDecision", "None") != decision:
        told.append(f"decides otherwise than {decision} when nobody answers")
    if not any(stage.objects("reviewers") for stage in (review, *stages)):
        told.append("has no reviewers")
    return told


def _duration(settings: Facts, stages: Sequence[Facts]) -> int:
    """In days. Stages have durations of their own, one after the other; the review's is not used then."""
    if stages:
        return sum(stage.number("durationInDays") for stage in stages)
    return settings.number("instanceDurationInDays")


def _ends(review: Facts) -> list[str]:
    return [] if review.text("settings.recurrence.range.type", "") == "noEnd" else ["ends one day"]


def _begins(evidence: Evidence, review: Facts) -> list[str]:
    ahead = lies_ahead(evidence, ACCESS_REVIEWS, review, "settings.recurrence.range.startDate")
    return ["has not begun"] if ahead else []


def _people(review: Facts) -> list[str]:
    """All users and all groups: a role is held through either."""
    scopes = {_VERSION.sub("", one.text("query", "")).rstrip("/") for one in review.objects("scope.principalScopes")}
    return [] if scopes >= {"/users", "/groups"} else ["does not look at all users and groups"]


def _role_text(review: Facts) -> str:
    return " ".join(one.text("query", "").lower() for one in review.objects("scope.resourceScopes"))


def _scope_text(review: Facts) -> str:
    """Every query of its scope, without blanks and in lower case."""
    scope = review.object("scope")
    queries = [scope.text("query", "")]
    queries += [one.text("query", "") for path in ("principalScopes", "resourceScopes") for one in scope.objects(path)]
    return unquote_plus(" ".join(queries)).lower().replace(" ", "")
