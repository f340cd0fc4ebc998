"""Verdicts of policies: the non-compliant ones by one, and the sums that Policy Insights makes of all.

A sum is dated: policies are evaluated about once a day, and two sums are worth comparing only when the later one is of
a later evaluation that has ended.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from tenantry.microsoft import Connection, Kind, Page, UpstreamError
from tenantry.observe.azure import ResourceGraphQuery, subscription_id, subscriptions_of
from tenantry.observe.reading import key_of, list_of, mapping_of
from tenantry.observe.sources import Item, page_of

_STATES: Final = "policyresources | where type =~ 'microsoft.policyinsights/policystates' "
_IN_LOWER_CASE: Final = ("resourceId", "policyAssignmentId", "policyDefinitionId", "policySetDefinitionId")
_AS_THEY_ARE: Final = (
    *("policyDefinitionReferenceId", "policyDefinitionAction", "resourceType", "resourceLocation"),
    "complianceReasonCode",
)
KEY: Final = "stateKey"
"""What a state is known by here: the resource, the assignment, and which of the assignment's definitions judged."""


def _columns() -> str:
    lower = ", ".join(f"{name} = tolower(tostring(properties.{name}))" for name in _IN_LOWER_CASE)
    plain = ", ".join(f"{name} = tostring(properties.{name})" for name in _AS_THEY_ARE)
    return f"{lower}, {plain}, policyDefinitionGroupNames = properties.policyDefinitionGroupNames"


_ANY_LENGTH: Final = 4000
_OF_GRAPH: Final = ResourceGraphQuery(
    f"{_STATES}| where properties.complianceState =~ 'NonCompliant' | extend {_columns()} "
    f"| extend {KEY} = strcat(resourceId, policyAssignmentId, '/', "
    "iff(isempty(policyDefinitionReferenceId), policyDefinitionId, tolower(policyDefinitionReferenceId))) "
    f"| project id, subscriptionId, {KEY}, {', '.join((*_IN_LOWER_CASE, *_AS_THEY_ARE))}, policyDefinitionGroupNames "
    "| order by id asc"
)
_EVALUATIONS: Final = (
    f"{_STATES}| extend policyAssignmentId = tolower(tostring(properties.policyAssignmentId)), "
    "at = todatetime(tostring(properties.timestamp)) "
    "| summarize since = min(at), until = max(at) by subscriptionId, policyAssignmentId "
    "| extend id = strcat('/subscriptions/', tolower(subscriptionId), policyAssignmentId) "
    "| project id, since, until | order by id asc"
)
STATES_REQUEST: Final = _OF_GRAPH.request
SUMS_REQUEST: Final = (
    "POST /subscriptions/{id}/providers/Microsoft.PolicyInsights/policyStates/latest/summarize, "
    f"POST /providers/Microsoft.ResourceGraph/resources: {_EVALUATIONS}"
)


async def noncompliant(connection: Connection, resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
    """What Resource Graph tells; where it has no table of policies, what Policy Insights does."""
    try:
        async for page in _OF_GRAPH(connection, resume, scope):
            yield page
    except UpstreamError as error:
        if error.kind is not Kind.UNSUPPORTED:
            raise
        async for page in _one_by_one(connection, scope):
            yield page


async def sums(connection: Connection, _resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
    """What Policy Insights counts in each subscription and by each assignment there, with when it was evaluated."""
    within = tuple(map(subscription_id, await subscriptions_of(connection, scope)))
    evaluated = await _evaluated(connection, within)
    for key in within:
        found = await connection.policy.summary(key)
        yield replace(page_of(list(_summed(key, found, evaluated))), within=within)


async def _one_by_one(connection: Connection, scope: Sequence[str]) -> AsyncIterator[Page]:
    within = tuple(map(subscription_id, await subscriptions_of(connection, scope)))
    for key in within:
        async for page in connection.policy.states(key, "complianceState eq 'NonCompliant'"):
            rows = [_as_of_graph(msgspec.json.decode(row)) for row in page.rows]
            yield replace(page_of(rows), within=within)


def _as_of_graph(row: Item) -> Item:
    """A state of Policy Insights in the form that the query gives those of Resource Graph."""
    kept = {name: key_of(row.get(name), _ANY_LENGTH) for name in _IN_LOWER_CASE}
    kept |= {name: str(row.get(name) or "") for name in _AS_THEY_ARE}
    judged = kept["policyDefinitionReferenceId"].lower() or kept["policyDefinitionId"]
    return {
        KEY: f"{kept['resourceId']}{kept['policyAssignmentId']}/{judged}",
        "subscriptionId": row.get("subscriptionId"),
        **kept,
        "policyDefinitionGroupNames": row.get("policyDefinitionGroupNames"),
    }


async def _evaluated(connection: Connection, within: Sequence[str]) -> Mapping[str, Item]:
    """When the oldest and the newest state of each assignment in each subscription were evaluated, where it is told."""
    try:
        return {str(row["id"]): row async for row in connection.resource_graph.items(_EVALUATIONS, within)}
    except UpstreamError as error:
        if error.kind is Kind.UNSUPPORTED:
            return {}
        raise


def _summed(subscription: str, found: Item, evaluated: Mapping[str, Item]) -> Iterator[Item]:
    """The subscription as a whole, then each assignment; without the links, which change by themselves."""
    scope = f"/subscriptions/{subscription}"
    yield {"id": f"{scope}/policycompliance", "subscriptionId": subscription, **_figures(found)}
    for row in list_of(found.get("policyAssignments")):
        key = key_of(row.get("policyAssignmentId"), _ANY_LENGTH)
        dates = evaluated.get(f"{scope}{key}", {})
        yield {
            "id": f"{scope}/policycompliance{key}",
            "subscriptionId": subscription,
            "policyAssignmentId": key,
            "policySetDefinitionId": key_of(row.get("policySetDefinitionId"), _ANY_LENGTH) or None,
            **_figures(row),
            "definitions": [_definition(item) for item in list_of(row.get("policyDefinitions"))],
            "groups": [
                {"name": item.get("policyGroupName"), **_figures(item)} for item in list_of(row.get("policyGroups"))
            ],
            "evaluatedFrom": dates.get("since"),
            "evaluatedTo": dates.get("until"),
        }


def _definition(row: Item) -> Item:
    return {
        "policyDefinitionId": key_of(row.get("policyDefinitionId"), _ANY_LENGTH),
        "policyDefinitionReferenceId": row.get("policyDefinitionReferenceId"),
        "policyDefinitionGroupNames": row.get("policyDefinitionGroupNames"),
        "effect": row.get("effect"),
        **_figures(row),
    }


def _figures(row: Item) -> Item:
    """Resources, each counted once in its heaviest state, and definitions, by state."""
    results = mapping_of(row.get("results"))
    return {
        "resources": _by_state(results.get("resourceDetails")),
        "policies": _by_state(results.get("policyDetails")),
    }


def _by_state(details: Any) -> dict[str, int]:
    return {str(item["complianceState"]).lower(): int(item["count"]) for item in list_of(details)}
