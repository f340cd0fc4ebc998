"""`/api/v1/resources/tagging`: which tags are asked for, and how well resources have them."""

from uuid import UUID

from tenantry.governance.resources.models import Resource
from tenantry.governance.resources.permissions import GOVERN, READ
from tenantry.governance.resources.tagging import queries
from tenantry.governance.resources.tagging.filters import Findings
from tenantry.governance.resources.tagging.judging import rules_of
from tenantry.governance.resources.tagging.models import Measure, TagFinding, TaggingPolicy
from tenantry.governance.resources.tagging.schemas import (
    TagFindingOut,
    TaggingPageOut,
    TaggingPolicyIn,
    TaggingPolicyOut,
    TagScoreOut,
)
from tenantry.governance.resources.tagging.service import TaggingPolicies
from tenantry.kit.errors import BadRequest, Forbidden, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/resources/tagging", "resources")


@api.get("", needs=READ, response_model=TaggingPageOut, errors=[BadRequest, NotFound])
def tagging(
    work: Work, wanted: Findings, page: PageQueryParameter, by: Measure = Measure.MICROSOFT_TENANT
) -> TaggingPageOut:
    """Scores by Microsoft tenant, subscription, tag or type, and what does not fulfil the policy."""
    found = queries.findings(work, wanted, page)
    standing = queries.standing(work, wanted.microsoft_tenant_id)
    parts = queries.scores(work, by, wanted.microsoft_tenant_id)
    return TaggingPageOut(
        scores=[TagScoreOut.model_validate(one) for one in ([standing.score] if standing.judged else []) + parts],
        items=[_finding(*row) for row in found.items],
        next_cursor=found.next_cursor,
        total=found.total,
        total_is_more=found.is_more,
        microsoft_tenants=standing.microsoft_tenants,
        judged=standing.judged,
    )


@api.get("/policy", needs=READ, response_model=TaggingPolicyOut)
def default_policy(work: Work) -> TaggingPolicyOut:
    """What is asked for where a Microsoft tenant has no policy of its own."""
    return _policy(None, TaggingPolicies(work).in_force(None))


@api.put("/policy", needs=GOVERN, response_model=TaggingPolicyOut, errors=[Forbidden])
def change_default_policy(work: Work, wanted: TaggingPolicyIn) -> TaggingPolicyOut:
    """Replaces the default as a whole; what is known is judged by it in a job."""
    return _policy(None, TaggingPolicies(work).change(None, wanted))


@api.delete("/policy", needs=GOVERN, status_code=204, errors=[NotFound, Forbidden])
def withdraw_default_policy(work: Work) -> None:
    """Nothing is asked of Microsoft tenants without a policy of their own."""
    TaggingPolicies(work).withdraw(None)


@api.get("/policies/{microsoft_tenant_id}", needs=READ, response_model=TaggingPolicyOut, errors=[NotFound])
def policy(work: Work, microsoft_tenant_id: UUID) -> TaggingPolicyOut:
    """What is asked for in one Microsoft tenant, by a policy of its own or by default."""
    return _policy(microsoft_tenant_id, TaggingPolicies(work).in_force(microsoft_tenant_id))


@api.put("/policies/{microsoft_tenant_id}", needs=GOVERN, response_model=TaggingPolicyOut, errors=[NotFound])
def change_policy(work: Work, microsoft_tenant_id: UUID, wanted: TaggingPolicyIn) -> TaggingPolicyOut:
    """Gives a Microsoft tenant a policy of its own, or replaces it as a whole."""
    return _policy(microsoft_tenant_id, TaggingPolicies(work).change(microsoft_tenant_id, wanted))


@api.delete("/policies/{microsoft_tenant_id}", needs=GOVERN, status_code=204, errors=[NotFound])
def withdraw_policy(work: Work, microsoft_tenant_id: UUID) -> None:
    """The default holds for this Microsoft tenant again."""
    TaggingPolicies(work).withdraw(microsoft_tenant_id)


def _policy(microsoft_tenant_id: UUID | None, row: TaggingPolicy | None) -> TaggingPolicyOut:
    return TaggingPolicyOut(
        microsoft_tenant_id=microsoft_tenant_id,
        is_own=row is not None and row.microsoft_tenant_id == microsoft_tenant_id,
        rules=rules_of(row),
        inherits=row is not None and row.inherits,
        excluded_types=row.excluded_types if row else [],
    )


def _finding(row: TagFinding, resource: Resource) -> TagFindingOut:
    return TagFindingOut(
        id=row.id,
        microsoft_tenant_id=row.microsoft_tenant_id,
        resource_id=row.resource_id,
        azure_id=resource.item_key,
        name=resource.name,
        type=row.resource_type,
        resource_group=resource.resource_group,
        subscription_id=row.subscription_key,
        tag=row.tag,
        fault=row.fault,
        value=row.value,
        is_inherited=row.is_inherited,
    )
