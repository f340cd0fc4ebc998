"""Policy definitions, initiatives, assignments and exemptions, at every scope they can be asked for."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mscloudsim.arm.call import Call, Item
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.cloud import azure_of
from mscloudsim.world.azure.governance.governance import (
    Assignment,
    Exemption,
    Governance,
    assignment,
    exemption,
    governance_of,
)
from mscloudsim.world.azure.governance.initiatives import INITIATIVES, definition, set_definition
from mscloudsim.world.azure.governance.rules import RULES

_AUTHORIZATION: Final = "/providers/microsoft.authorization/"
_FILTER: Final = re.compile(r"(atScope|atExactScope)\(\)|(\w+)\s+eq\s+'([^']*)'", re.IGNORECASE)
_COMPARED: Final = {
    name.lower(): name for name in ("policyDefinitionId", "policyAssignmentId", "policyType", "exemptionCategory")
}


def assignments(call: Call) -> Reply:
    """Those that hold at the scope, from wherever, and without a filter also those below it."""
    governance, found = _of_place(call)
    return _listed(call, (assignment(governance, item) for item in found[0]))


def exemptions(call: Call) -> Reply:
    """As assignments are listed."""
    _, found = _of_place(call)
    return _listed(call, map(exemption, found[1]))


def definitions(call: Call) -> Reply:
    """Built-in definitions and the custom ones of the management group."""
    return _listed(call, all_definitions(_governance(call)))


def set_definitions(call: Call) -> Reply:
    return _listed(call, all_set_definitions(_governance(call)))


def single_definition(call: Call) -> Reply:
    return _single(call, all_definitions(_governance(call)), "PolicyDefinitionNotFound", "policy definition")


def single_set_definition(call: Call) -> Reply:
    rows = all_set_definitions(_governance(call))
    return _single(call, rows, "PolicySetDefinitionNotFound", "policy set definition")


def all_definitions(governance: Governance) -> list[Item]:
    return [definition(rule, governance.root) for rule in RULES]


def all_set_definitions(governance: Governance) -> list[Item]:
    return [set_definition(item, governance.root) for item in INITIATIVES]


def above(governance: Governance) -> list[Item]:
    """What was assigned and exempted at the management group."""
    found = [assignment(governance, item) for item in governance.above()]
    return [*found, *map(exemption, governance.exemptions_above())]


def _of_place(call: Call) -> tuple[Governance, tuple[list[Assignment], list[Exemption]]]:
    """What concerns the management group, the resource group or the subscription in the path."""
    governance = _governance(call)
    if _is_above(call):
        return governance, (governance.above(), governance.exemptions_above())
    if len(call.arguments) > 1:
        _, group = call.group(*call.arguments)
        return governance, (governance.over(group), governance.exempting(group))
    _, subscription = call.subscription(call.arguments[0])
    found = [*governance.above(), *governance.inside(subscription)]
    return governance, (found, [*governance.exemptions_above(), *governance.exemptions(subscription)])


def _governance(call: Call) -> Governance:
    """Of the subscription or the management group in the path; built-in definitions need neither.

    Raises ArmRefusal 403 for a management group of somebody else: a delegation reaches none.
    """
    path = call.request.path.lower()
    if path.startswith("/subscriptions/"):
        return governance_of(call.world, call.subscription(call.arguments[0])[0])
    own = azure_of(call.world, call.caller.tenant)
    if _is_above(call):
        call.management_group(call.arguments[0])
    return governance_of(call.world, own)


def _is_above(call: Call) -> bool:
    return call.request.path.lower().startswith("/providers/microsoft.management/")


def _single(call: Call, rows: Iterable[Item], code: str, what: str) -> Reply:
    name = call.arguments[-1].lower()
    found = next((row for row in rows if str(row["name"]).lower() == name), None)
    if found is None:
        raise ArmRefusal(404, code, f"The {what} '{name[:64]}' could not be found.")
    return Reply.json(found)


def _listed(call: Call, rows: Iterable[Item]) -> Reply:
    """A page of what the filter lets through, in the order of ids. Raises ArmRefusal 400 for another filter."""
    kept = sorted(_kept(call, rows), key=lambda row: str(row["id"]))
    return call.page(iter(kept), call.top())


def _kept(call: Call, rows: Iterable[Item]) -> Iterator[Item]:
    test = _test(call.option.get("$filter", "").strip(), call.request.path.lower().partition(_AUTHORIZATION)[0])
    return (row for row in rows if test(row))


def _test(expression: str, scope: str) -> Callable[[Item], bool]:
    """Raises ArmRefusal 400 for an expression that is not understood."""
    match = _FILTER.fullmatch(expression)
    if not expression:
        return lambda _row: True
    if match is not None and match[1]:
        exactly = match[1].lower() == "atexactscope"
        return lambda row: _holds_at(str(row["id"]).lower(), scope, exactly=exactly)
    name = _COMPARED.get(match[2].lower()) if match is not None else None
    if match is None or name is None:
        raise ArmRefusal(400, "InvalidFilterInQueryString", f"The filter '{expression[:100]}' is not supported.")
    wanted = match[3].lower()
    return lambda row: str(row["properties"].get(name)).lower() == wanted


def _holds_at(found: str, scope: str, *, exactly: bool) -> bool:
    at = found.partition(_AUTHORIZATION)[0]
    return at == scope or (not exactly and (scope.startswith(f"{at}/") or "/managementgroups/" in at))
