"""The filters of every door: pages, exports and API read the same options."""

from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator

from tenantry.governance.compliance.models import ScoreKind
from tenantry.governance.compliance.queries import (
    AdviceFilter,
    ExemptionFilter,
    ExemptionState,
    PolicyFilter,
    PolicyState,
    ScoreFilter,
    SecureFilter,
    ViolationFilter,
)
from tenantry.governance.costs.period import Period
from tenantry.kit.errors import BadRequest
from tenantry.kit.filtering import NO_NUL
from tenantry.platform.work import Work

CATEGORIES: Final = ("cost", "security", "highavailability", "performance", "operationalexcellence")
IMPACTS: Final = ("high", "medium", "low")
_USUAL: Final = 30
_LONGEST: Final = timedelta(days=400)
_OLDEST: Final = date(2000, 1, 1)


def _or_none(value: object) -> object:
    """A form sends an empty text for "all"."""
    return value or None


Key = Annotated[UUID | None, BeforeValidator(_or_none), Query(description="A Microsoft tenant, by our id.")]
Id = Annotated[str, Query(max_length=2000, pattern=NO_NUL)]
"""An id of Azure's."""
Text = Annotated[str, Query(max_length=300, pattern=NO_NUL)]
Flag = Annotated[bool | None, BeforeValidator(_or_none), Query()]
Kind = Annotated[ScoreKind, Query(alias="by", description="What the scores are of.")]
OfPolicy = Annotated[PolicyState | None, BeforeValidator(_or_none), Query()]
OfExemption = Annotated[ExemptionState | None, BeforeValidator(_or_none), Query()]
Impact = Annotated[str, Query(pattern=f"(?i)^({'|'.join(('', *IMPACTS))})$")]
First = Annotated[date | None, Query(alias="from", description="First day of the history.")]
Last = Annotated[date | None, Query(alias="to", description="Last day of the history, included.")]


def score_filter(by: Kind = ScoreKind.MICROSOFT_TENANT, tenant: Key = None, key: Id = "") -> ScoreFilter:
    """`key` is Azure's id of the subscription, the initiative or the assignment."""
    return ScoreFilter(by, tenant, key.strip() or None)


def policy_filter(
    tenant: Key = None, policy: Id = "", initiative: Id = "", assignment: Id = "", state: OfPolicy = None
) -> PolicyFilter:
    """`policy` is Azure's id of a definition."""
    return PolicyFilter(tenant, policy.strip() or None, initiative.strip() or None, assignment.strip() or None, state)


def violation_filter(
    tenant: Key = None,
    subscription: Text = "",
    policy: Id = "",
    assignment: Id = "",
    type: Text = "",  # noqa: A002 - the option's name
    resource: Id = "",
    q: Text = "",
) -> ViolationFilter:
    """`q` is the beginning of a resource's name, `resource` is Azure's id of one."""
    subscription, policy, assignment, kind, resource, text = (
        value.strip() for value in (subscription, policy, assignment, type, resource, q)
    )
    return ViolationFilter(
        tenant,
        subscription=subscription or None,
        policy=policy or None,
        assignment=assignment or None,
        type=kind or None,
        resource=resource or None,
        text=text or None,
    )


def exemption_filter(
    tenant: Key = None, subscription: Text = "", assignment: Id = "", state: OfExemption = None
) -> ExemptionFilter:
    return ExemptionFilter(tenant, subscription.strip() or None, assignment.strip() or None, state)


def advice_filter(
    tenant: Key = None,
    subscription: Text = "",
    category: Text = "",
    impact: Impact = "",
    resource: Id = "",
    put_aside: Flag = None,
) -> AdviceFilter:
    """With `put_aside`, that which somebody put aside, and nothing else."""
    subscription, resource = subscription.strip(), resource.strip()
    return AdviceFilter(
        tenant, subscription or None, category or None, impact or None, resource or None, put_aside or False
    )


def secure_filter(tenant: Key = None, subscription: Text = "", controls: Flag = None) -> SecureFilter:
    """With `controls`, the controls that scores and standards are made of."""
    return SecureFilter(tenant, subscription.strip() or None, controls or False)


def period(work: Work, first: date | None, last: date | None) -> Period:
    """The last 30 days without an answer. Raises BadRequest for one that ends before it begins, or is too long."""
    end = last or max(work.clock.now().date(), first or _OLDEST)
    begin = first or max(end - timedelta(days=_USUAL - 1), _OLDEST)
    if end < begin:
        raise BadRequest(why="the period ends before it begins")
    if begin < _OLDEST or end - begin > _LONGEST:
        raise BadRequest(why=f"a period has at most {_LONGEST.days} days, and none before {_OLDEST.year}")
    return Period(begin, end)


Scores = Annotated[ScoreFilter, Depends(score_filter)]
Policies = Annotated[PolicyFilter, Depends(policy_filter)]
Violations = Annotated[ViolationFilter, Depends(violation_filter)]
Exemptions = Annotated[ExemptionFilter, Depends(exemption_filter)]
Advices = Annotated[AdviceFilter, Depends(advice_filter)]
Secures = Annotated[SecureFilter, Depends(secure_filter)]
