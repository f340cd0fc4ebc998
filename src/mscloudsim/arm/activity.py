"""The activity log: who did what to which resource, newest first, for ninety days."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from mscloudsim.arm.call import Call, Item
from mscloudsim.errors import BareRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.cloud import Azure, Event
from mscloudsim.world.azure.dice import dice, guid
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.azure.resource import arm_time

_DAY: Final = 86_400
_KEPT_DAYS: Final = 90
_PAGE: Final = 200
_TIME: Final = re.compile(r"eventTimestamp\s+(ge|le)\s+'([^']+)'", re.IGNORECASE)
_OTHER: Final = re.compile(
    r"(resourceGroupName|resourceUri|resourceId|resourceProvider|correlationId|eventChannels|status|caller)\s+eq\s+'([^']*)'",
    re.IGNORECASE,
)
_TICKS: Final = 10_000_000


def values(call: Call) -> Reply:
    azure, subscription = call.subscription(call.arguments[0])
    call.require_reader(azure, "Microsoft.Insights/eventtypes/values/read", subscription.scope)
    since, until, others = _window(call)
    found = (entry(azure, subscription, event) for event in events(azure, subscription, since, until))
    rows = (row for row in found if all(_matches(row, name, value) for name, value in others))
    return call.page(_selected(call, rows), _PAGE)


def events(azure: Azure, subscription: Subscription, since: float, until: float) -> Iterator[Event]:
    """What happened between two moments, newest first: what was ordered, and everyday work."""
    ordered = [event for event in azure.events if event.resource_id.lower().startswith(subscription.scope)]
    waiting = sorted((event for event in ordered if since <= event.at <= until), key=lambda event: event.at)
    for event in _everyday(azure, subscription, since, until):
        while waiting and waiting[-1].at > event.at:
            yield waiting.pop()
        yield event
    yield from reversed(waiting)


def _everyday(azure: Azure, subscription: Subscription, since: float, until: float) -> Iterator[Event]:
    groups = [group for group in subscription.groups if group.department != "platform"]
    for day in range(int(until // _DAY), int(since // _DAY) - 1, -1):
        roll = dice(subscription.id, "day", day)
        moments = sorted(
            (day * _DAY + roll.randrange(6 * 3600, 20 * 3600) for _ in range(roll.randint(0, 4))), reverse=True
        )
        for moment in moments:
            resources = azure.resources(roll.choice(groups)) if groups else []
            if resources and since <= moment <= until:
                chosen = roll.choice(resources)
                who = roll.choice(("operations", "deployment", "admin"))
                caller = f"{who}@{azure.tenant.domain}"
                operation = f"{chosen.type}/write"
                yield Event(moment, caller, guid(azure.tenant.id, caller), operation, chosen.id)


def entry(azure: Azure, subscription: Subscription, event: Event) -> Item:
    """An event as the activity log writes it."""
    parts = event.resource_id.split("/")
    at = arm_time(datetime.fromtimestamp(event.at, UTC))
    key = guid(event.resource_id, event.at, event.operation)
    named = {"value": event.operation, "localizedValue": event.operation}
    return {
        "id": f"{event.resource_id}/events/{key}/ticks/{int(event.at * _TICKS)}",
        "eventDataId": key,
        "correlationId": guid(key, "correlation"),
        "operationId": guid(key, "operation"),
        "caller": event.caller,
        "claims": {
            "http://schemas.microsoft.com/identity/claims/objectidentifier": event.caller_id,
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": event.caller,
        },
        "authorization": {"action": event.operation, "role": "Contributor", "scope": event.resource_id},
        "operationName": named,
        "eventName": {"value": "EndRequest", "localizedValue": "End request"},
        "category": {"value": "Administrative", "localizedValue": "Administrative"},
        "status": {"value": "Succeeded", "localizedValue": "Succeeded"},
        "subStatus": {"value": "OK", "localizedValue": "OK (HTTP Status Code: 200)"},
        "level": "Informational",
        "resourceId": event.resource_id,
        "resourceGroupName": parts[4] if len(parts) > 4 else "",  # noqa: PLR2004 - the segments of an id
        "resourceProviderName": {"value": event.operation.partition("/")[0]},
        "resourceType": {"value": event.operation.rpartition("/")[0]},
        "eventTimestamp": at,
        "submissionTimestamp": at,
        "subscriptionId": subscription.id,
        "tenantId": azure.tenant.id,
        "properties": {"statusCode": "OK", "entity": event.resource_id},
        "httpRequest": {"clientRequestId": guid(key, "request"), "clientIpAddress": "198.51.100.7", "method": "PUT"},
    }


def _window(call: Call) -> tuple[float, float, list[tuple[str, str]]]:
    """The time range and one other condition. Raises ArmRefusal 400 for what the service refuses."""
    expression = call.option.get("$filter", "")
    bounds = {name.lower(): _moment(text) for name, text in _TIME.findall(expression)}
    now = call.world.clock.now()
    if "ge" not in bounds:
        raise _bad("The start time cannot be empty: $filter needs eventTimestamp ge.")
    since, until = bounds["ge"], bounds.get("le", now)
    if since < now - (_KEPT_DAYS + 1) * _DAY:
        raise _bad(f"The start time cannot be more than {_KEPT_DAYS} days in the past.")
    if until < since:
        raise _bad("The start time has to be before the end time.")
    others = _OTHER.findall(expression)
    rest = re.sub(r"\s*\band\b\s*|\s+", "", _OTHER.sub("", _TIME.sub("", expression)), flags=re.IGNORECASE)
    if rest or len(others) > 1:
        raise _bad("The filter may hold a time range and one other condition.")
    return since, min(until, now), others


_READS: Final[dict[str, Callable[[Item], str]]] = {
    "resourcegroupname": lambda row: row["resourceGroupName"],
    "resourceuri": lambda row: row["resourceId"],
    "resourceid": lambda row: row["resourceId"],
    "resourceprovider": lambda row: row["resourceProviderName"]["value"],
    "correlationid": lambda row: row["correlationId"],
    "status": lambda row: row["status"]["value"],
    "caller": lambda row: row["caller"],
}


def _matches(row: Item, name: str, value: str) -> bool:
    """Event channels are one and the same here."""
    read = _READS.get(name.lower())
    return read is None or read(row).lower() == value.lower()


def _selected(call: Call, rows: Iterator[Item]) -> Iterator[Item]:
    names = {name.strip().lower() for name in call.option.get("$select", "").split(",") if name.strip()}
    if not names:
        return rows
    return ({name: value for name, value in row.items() if name.lower() in names} for row in rows)


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad(f"'{text[:40]}' is no date.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _bad(message: str) -> BareRefusal:
    return BareRefusal(400, "BadRequest", message)
