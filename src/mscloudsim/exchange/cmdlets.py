"""Which cmdlets there are, what they take, and the objects they give."""

from collections.abc import Iterator
from typing import Any, Final

from mscloudsim.errors import ExchangeRefusal
from mscloudsim.world.m365.kinds import Item, names_of
from mscloudsim.world.m365.mailboxes import BYPASS, MAILBOX, TEMPLATES, find, listed
from mscloudsim.world.m365.settings import KINDS, Settings

_IDENTITY: Final = frozenset({"Identity"})
_SINGLE: Final = frozenset({"OrganizationConfig", "AdminAuditLogConfig", "TransportConfig", "ExternalInOutlook"})
"""Kinds a tenant has one of, whose cmdlets take no parameter."""
_MORE: Final = {
    MAILBOX: frozenset({"Identity", "RecipientTypeDetails", "ResultSize"}),
    BYPASS: frozenset({"Identity", "ResultSize"}),
    "TransportRule": frozenset({"Identity", "ResultSize", "State"}),
}
_NOT_FOUND: Final = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
_DENIED: Final = "Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException"
_BINDING: Final = "System.Management.Automation.ParameterBindingException"
Parameters = dict[str, Any]
Rows = Iterator[tuple[int, Item]]
ONE_DIFFERS: Final = {"compliance": "AdminAuditLogConfig"}
"""The cmdlet that answers at an endpoint where it knows nothing: it always says that auditing is off."""


def available(settings: Settings, service: str) -> list[str]:
    """Names of the cmdlets that a reader of this tenant can run."""
    upkeep = settings.upkeep()
    kinds = [kind.name for kind in KINDS[service].values() if kind.is_licensed(upkeep)]
    return sorted(f"Get-{name}" for name in (*kinds, *filter(None, [ONE_DIFFERS.get(service)])))


def run(settings: Settings, service: str, cmdlet: str, parameters: Parameters, start: int) -> Rows:
    """The objects a cmdlet gives from a position on. Raises ExchangeRefusal for what it would refuse."""
    known = {name.lower(): name for name in available(settings, service)}
    if cmdlet.lower() not in known:
        text = f"The cmdlet '{cmdlet[:80]}' is not present in the role definition of the current user."
        raise ExchangeRefusal(403, _DENIED, text)
    kind = known[cmdlet.lower()].removeprefix("Get-")
    given = _checked(kind, parameters)
    if kind == ONE_DIFFERS.get(service):
        return iter([(0, {"Identity": "Admin Audit Log Settings", "UnifiedAuditLogIngestionEnabled": False})][start:])
    if kind in TEMPLATES:
        return _of_people(settings, kind, given, start)
    objects = settings.objects(service, kind)
    if given.get("State"):
        objects = [item for item in objects if item["State"] == given["State"]]
    if given.get("Identity"):
        objects = _named(kind, objects, str(given["Identity"]))
    return ((place, item) for place, item in enumerate(objects) if place >= start)


def _checked(kind: str, parameters: Parameters) -> Parameters:
    """The parameters by their proper names. Raises ExchangeRefusal for others."""
    allowed = _MORE.get(kind, frozenset() if kind in _SINGLE else _IDENTITY)
    proper = {name.lower(): name for name in allowed}
    for name in parameters:
        if name.lower() not in proper:
            text = f"A parameter cannot be found that matches parameter name '{name[:80]}'."
            raise ExchangeRefusal(400, _BINDING, text)
    return {proper[name.lower()]: value for name, value in parameters.items()}


def _named(kind: str, objects: list[Item], name: str) -> list[Item]:
    found = [item for item in objects if name.lower() in (*names_of(item), item.get("Guid"))]
    if not found:
        raise _absent(kind, name)
    return found


def _of_people(settings: Settings, kind: str, given: Parameters, start: int) -> Rows:
    upkeep = settings.upkeep()
    if given.get("Identity"):
        item = find(upkeep, kind, str(given["Identity"]))
        if item is None:
            raise _absent(kind, str(given["Identity"]))
        rows: Rows = iter([(0, item)][start:])
    else:
        rows = listed(upkeep, kind, start)
    wanted = _types(given.get("RecipientTypeDetails"))
    kept = (row for row in rows if not wanted or row[1]["RecipientTypeDetails"].lower() in wanted)
    return ((place, settings.edited("exchange", kind, item)) for place, item in kept)


def _types(value: Any) -> frozenset[str]:
    """One type, several in a list, or several separated by commas."""
    names = value if isinstance(value, list) else str(value or "").split(",")
    return frozenset(name.strip().lower() for name in map(str, names) if name.strip())


def _absent(kind: str, name: str) -> ExchangeRefusal:
    text = f"The operation couldn't be performed because object '{name[:120]}' couldn't be found. ({kind})"
    return ExchangeRefusal(404, _NOT_FOUND, text)
