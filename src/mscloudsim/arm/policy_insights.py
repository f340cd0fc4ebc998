"""Policy Insights: what policies say of resources, summed up and one by one. Everything is asked by POST.

learn.microsoft.com/rest/api/policyinsights/policy-states
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import orjson

from mscloudsim.arm.call import Call, Item
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.governance.governance import governance_of
from mscloudsim.world.azure.governance.initiatives import Initiative, definition_id
from mscloudsim.world.azure.governance.states import State, Summary, Tally, states_in, summary_of
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.resource import arm_moment

_PATH: Final = "/providers/Microsoft.PolicyInsights/policyStates"
_CLAUSE: Final = re.compile(r"\s*(\w+)\s+(eq|ne)\s+(?:'([^']*)'|(true|false))\s*", re.IGNORECASE)
_UNDERSTOOD: Final = frozenset({"api-version", "$top", "$filter", "$select", "$from", "$to", "$skiptoken", "$orderby"})
_DAY: Final = 86_400


def summarize(call: Call) -> Reply:
    """The sums of a subscription; a filter may leave one assignment of them."""
    azure, subscription = _subscription(call)
    summary, context = summary_of(call.world, azure, subscription), f"{_base(call, subscription)}/$metadata#summary"
    wanted = _clauses(call)
    if wanted and [(name, operator) for name, operator, _ in wanted] != [("policyassignmentid", "eq")]:
        raise _bad("A summary can be narrowed to one policyAssignmentId.")
    only = str(wanted[0][2]) if wanted else None
    row: Item = {"@odata.id": None, "@odata.context": f"{context}/$entity"}
    row["results"] = _results(call, subscription, summary.whole, "IsCompliant eq false")
    keys = [key for key in sorted(summary.assignments) if only is None or key.lower() == only.lower()]
    row["policyAssignments"] = [_assignment(call, azure, subscription, summary, key) for key in keys]
    return Reply.json({"@odata.context": context, "@odata.count": 1, "value": [row]})


def query_results(call: Call) -> Reply:
    """States as rows, newest evaluation; the next page is asked for by POST as well."""
    azure, subscription = _subscription(call)
    groups = [call.group(*call.arguments)[1]] if len(call.arguments) > 1 else list(subscription.groups)
    tests, names = _tests(call), _selected(call)
    context = f"{_base(call, subscription)}/$metadata#latest"

    def rows(group: ResourceGroup) -> Iterator[Item]:
        for state in states_in(call.world, azure, group):
            row = {"@odata.id": None, "@odata.context": f"{context}/$entity", **_row(call, azure, state)}
            if all(test(row) for test in tests):
                yield {name: row[name] for name in names} if names else row

    page = call.cut(((f"{group.id}/", partial(rows, group)) for group in groups), call.top())
    link = {"@odata.nextLink": page.link} if page.link else {}
    return Reply.json({"@odata.context": context, "@odata.count": len(page.rows), **link, "value": page.rows})


def above(call: Call) -> Reply:
    """Of a management group: what is more than one answer can hold is refused, and does not come in pages."""
    azure = call.management_group(call.arguments[0])
    subscriptions = azure.subscriptions()
    if len(subscriptions) != 1:
        text = "The response is too large. Narrow the scope or the filter of the request."
        raise ArmRefusal(400, "ResponseTooLarge", text)
    below = Call(call.world, call.request, call.caller, (subscriptions[0].id,))
    return summarize(below) if call.request.path.lower().rstrip("/").endswith("summarize") else query_results(below)


def state_row(azure: Azure, state: State, root: str) -> Item:
    """What every way of asking says of a state. Ids are in lower case here, whatever they are elsewhere."""
    subject, assignment, member = state.subject, state.assignment, state.member
    initiative = assignment.target if isinstance(assignment.target, Initiative) else None
    return {
        "resourceId": subject.id.lower(),
        "policyAssignmentId": assignment.id.lower(),
        "policyDefinitionId": definition_id(member.rule, root).lower(),
        "policySetDefinitionId": definition_id(initiative, root).lower() if initiative else None,
        "policyDefinitionReferenceId": member.reference.lower() or None,
        "policyDefinitionGroupNames": list(member.groups),
        "policyDefinitionAction": member.rule.effect.lower(),
        "policyDefinitionCategory": member.rule.category,
        "policyDefinitionName": member.rule.name,
        "policySetDefinitionName": initiative.name if initiative else None,
        "policyAssignmentName": assignment.name,
        "policyAssignmentScope": assignment.scope.lower(),
        "complianceState": state.verdict,
        "complianceReasonCode": "",
        "timestamp": arm_moment(state.at),
        "resourceType": subject.type,
        "resourceLocation": subject.location,
        "resourceGroup": subject.group.name.lower(),
        "subscriptionId": subject.group.subscription.id,
        "managementGroupIds": azure.tenant.id,
    }


def _row(call: Call, azure: Azure, state: State) -> Item:
    given = {name: {"value": value} for name, value in state.assignment.parameters.items()}
    return {
        **state_row(azure, state, governance_of(call.world, azure).root),
        "isCompliant": state.verdict != "NonCompliant",
        "policyAssignmentOwner": None,
        "policyAssignmentParameters": orjson.dumps(given).decode() if given else None,
        "policyAssignmentVersion": None,
        "policyDefinitionVersion": state.member.rule.version,
        "resourceTags": "tbd",
        "effectiveParameters": None,
        "policySetDefinitionOwner": None,
        "policySetDefinitionCategory": None,
        "policySetDefinitionParameters": None,
    }


def _assignment(call: Call, azure: Azure, subscription: Subscription, summary: Summary, key: str) -> Item:
    assignment, root = summary.known[key], governance_of(call.world, azure).root
    of_it = f"IsCompliant eq false and PolicyAssignmentId eq '{key.lower()}'"
    results = partial(_results, call, subscription)
    definitions, is_set = [], isinstance(assignment.target, Initiative)
    for member in assignment.members:
        tally = summary.members.get((key, member.reference or member.rule.name))
        if tally is not None:
            found = definition_id(member.rule, root).lower()
            definitions.append(
                {
                    "policyDefinitionId": found,
                    "policyDefinitionReferenceId": member.reference.lower() or None,
                    "policyDefinitionGroupNames": list(member.groups),
                    "effect": member.rule.effect.lower(),
                    "results": results(tally, f"{of_it} and PolicyDefinitionId eq '{found}'"),
                }
            )
    groups = [(name, tally) for (of, name), tally in sorted(summary.groups.items()) if of == key]
    return {
        "policyAssignmentId": key.lower(),
        "policySetDefinitionId": definition_id(assignment.target, root).lower() if is_set else "",
        "results": results(summary.assignments[key], of_it),
        "policyDefinitions": definitions,
        "policyGroups": [{"policyGroupName": name, "results": results(tally, of_it)} for name, tally in groups],
    }


def _results(call: Call, subscription: Subscription, tally: Tally, condition: str) -> Item:
    now = call.world.clock.now()
    window = f"$from={arm_moment(now - _DAY)}&$to={arm_moment(now)}"
    details = {"resourceDetails": tally.resources, "policyDetails": tally.policies, "policyGroupDetails": tally.groups}
    link = f"{_base(call, subscription)}/latest/queryResults?api-version=2019-10-01&{window}&$filter={condition}"
    return {
        "queryResultsUri": link,
        "nonCompliantResources": tally.resources["NonCompliant"],
        "nonCompliantPolicies": tally.policies["NonCompliant"],
        **{name: _details(counted) for name, counted in details.items()},
    }


def _details(counted: dict[str, int]) -> list[Item]:
    return [{"complianceState": state.lower(), "count": counted[state]} for state in sorted(counted)]


def _subscription(call: Call) -> tuple[Azure, Subscription]:
    """Raises ArmRefusal 400 for an option that the simulation would have to pass over."""
    strange = sorted(name for name in call.option if name.lower() not in _UNDERSTOOD)
    if strange:
        raise _bad(f"The query option '{strange[0][:40]}' is not supported here.")
    return call.subscription(call.arguments[0])


def _base(call: Call, subscription: Subscription) -> str:
    return f"{call.request.base_url}{subscription.scope}{_PATH}"


def _tests(call: Call) -> list[Callable[[Item], bool]]:
    known = {name.lower(): name for name in (*_COMPARABLE, "isCompliant")}
    tests: list[Callable[[Item], bool]] = []
    for name, operator, value in _clauses(call):
        if name not in known:
            raise _bad(f"Could not find a property named '{name[:40]}' on type 'Microsoft.PolicyInsights.PolicyState'.")
        tests.append(partial(_is_as_wanted, known[name], value, operator == "eq"))
    return tests


_COMPARABLE: Final = (
    *("resourceId", "policyAssignmentId", "policyDefinitionId", "policySetDefinitionId", "complianceState"),
    *("resourceType", "resourceGroup", "resourceLocation", "policyAssignmentName", "policyDefinitionName"),
    *("policyDefinitionAction", "policyDefinitionReferenceId", "subscriptionId"),
)


def _is_as_wanted(name: str, value: Any, equal: bool, row: Item) -> bool:
    held = row[name]
    same = held is value if isinstance(value, bool) else str(held).lower() == value.lower()
    return same is equal


def _clauses(call: Call) -> list[tuple[str, str, Any]]:
    """Comparisons that have all to hold. Raises ArmRefusal 400 for anything else."""
    expression = call.option.get("$filter", "").strip()
    found = []
    for part in re.split(r"\s+and\s+", expression, flags=re.IGNORECASE) if expression else ():
        match = _CLAUSE.fullmatch(part)
        if match is None:
            raise _bad(f"Invalid filter '{expression[:200]}'.")
        value = match[4].lower() == "true" if match[4] else match[3]
        found.append((match[1].lower(), match[2].lower(), value))
    return found


def _selected(call: Call) -> list[str]:
    names = [name.strip() for name in call.option.get("$select", "").split(",") if name.strip()]
    known = {name.lower(): name for name in (*_COMPARABLE, "isCompliant", "timestamp", "complianceReasonCode")}
    if strange := [name for name in names if name.lower() not in known]:
        raise _bad(f"Could not find a property named '{strange[0][:40]}'.")
    return [known[name.lower()] for name in names]


def _bad(message: str) -> ArmRefusal:
    return ArmRefusal(400, "InvalidQueryParameter", message)
