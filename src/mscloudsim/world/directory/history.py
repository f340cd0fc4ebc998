"""What the logs of a tenant hold: directory audits and sign-ins, newest first, and the entries of later changes."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import orjson

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.directory.groups import Groups
from mscloudsim.world.directory.people import People, Sort, has_premium
from mscloudsim.world.directory.stamps import DAY, stamp
from mscloudsim.world.estate import Estate

Item = dict[str, Any]

_DAYS, _DAYS_FREE = 30, 7
"""How long Entra keeps both logs, with and without a premium licence."""
_MOST_A_DAY: Final = 1500
_KEPT: Final = 50_000
_BEGINNING: Final = 1 << 40
"""The position of the youngest generated entry: those written later come before it."""
_ROUTINE: Final = (
    ("Update user", "UserManagement", "Update", "User"),
    ("Reset user password", "UserManagement", "Update", "User"),
    ("Add member to group", "GroupManagement", "Assign", "Group"),
    ("Remove member from group", "GroupManagement", "Unassign", "Group"),
    ("Change user license", "UserManagement", "Update", "User"),
    ("User registered security info", "UserManagement", "Update", "User"),
    ("Update group", "GroupManagement", "Update", "Group"),
    ("Update user", "UserManagement", "Update", "User"),
)
_FAILURES: Final = (
    (50126, "Error validating credentials due to invalid username or password."),
    (50074, "Strong Authentication is required."),
    (53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
    (50053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."),
    (50097, "Device Authentication Required."),
)
_RESOURCES: Final = (
    ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online", "Outlook"),
    ("00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online", "SharePoint Online Web Client"),
    ("cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", "Microsoft Teams Services", "Microsoft Teams"),
    ("00000003-0000-0000-c000-000000000000", "Microsoft Graph", "Azure Portal"),
)
_LEGACY: Final = ("IMAP4", "Authenticated SMTP", "POP3", "Exchange ActiveSync")
_WHO: Final = ("id", "displayName", "userPrincipalName")
_SERVICES: Final = {"Policy": "Conditional Access", "RoleManagement": "Core Directory"}


class History:
    """The logs. Generated entries are computed; those of real changes are kept, the latest fifty thousand."""

    def __init__(self, people: People, groups: Groups, estate: Estate) -> None:
        self.people, self.groups, self.estate, self.tenant = people, groups, estate, people.tenant
        self.born = people.born
        self.days = _DAYS if has_premium(self.tenant) else _DAYS_FREE
        self.recorded: deque[Item] = deque(maxlen=_KEPT)
        self.signed_in: deque[Item] = deque(maxlen=_KEPT)
        self.written = 0
        self._audits_a_day = min(_MOST_A_DAY, 3 + self.tenant.users // 40)
        self._sign_ins_a_day = min(_MOST_A_DAY, self.tenant.users * 2)

    # Directory audits

    def audits(self, start: int = 0) -> Iterator[tuple[int, Item]]:
        """Entries, newest first. What a reader still has before it does not move when more is written."""
        yield from _walk(self.recorded, start)
        for index in range(max(0, start - _BEGINNING), self._audits_a_day * self.days):
            yield _BEGINNING + index, self.audit(index)

    def audit(self, index: int) -> Item:
        """Entry number `index` back from the beginning of the simulation."""
        rolls = self.people.ids.rolls("audit", index)
        activity, category, operation, kind = _ROUTINE[rolls[0] % len(_ROUTINE)]
        number = int.from_bytes(rolls[1:5])
        person = self.people.person(number % self.tenant.users, (*_WHO, "jobTitle"))
        target = person if kind == "User" else self.groups.group(number % self.groups.count)
        actor = self.people.person(rolls[5] % min(self.tenant.users, 6), _WHO)
        step = DAY // self._audits_a_day
        moment = self.born - index * step - int.from_bytes(rolls[6:8]) % step
        entry = self._entry(activity, category, operation, moment, guid(self.tenant.id, "audit", index))
        edits = [_edit("jobTitle", [None], [person["jobTitle"]])] if activity == "Update user" else []
        entry["initiatedBy"] = _person(actor["id"], actor["userPrincipalName"], actor["displayName"])
        entry["targetResources"] = [_target(target, kind, edits)]
        return entry

    def record(
        self, activity: str, category: str, actor: str, targets: list[Item], now: float, service: str = ""
    ) -> Item:
        """Writes the entry that a change leaves; `actor` is a principal name, or the id of an application.

        `now` may be a while ago: entries arrive late, and stand where their moment puts them.
        """
        self.written += 1
        key = guid(self.tenant.id, "recorded", self.written, now)
        entry = self._entry(activity, category, _operation(activity), now, key, service)
        entry["initiatedBy"] = self._initiator(actor)
        entry["targetResources"] = targets
        _insert(self.recorded, entry, "activityDateTime")
        return entry

    def _entry(self, activity: str, category: str, operation: str, moment: float, key: str, service: str = "") -> Item:
        return {
            "id": f"Directory_{key}",
            "activityDateTime": stamp(moment),
            "activityDisplayName": activity,
            "category": category,
            "correlationId": guid(key, "correlation"),
            "loggedByService": service or _SERVICES.get(category, "Core Directory"),
            "operationType": operation,
            "result": "success",
            "resultReason": "",
            "additionalDetails": [],
        }

    def _initiator(self, actor: str) -> Item:
        if "@" in actor:
            return _person(guid(self.tenant.id, "actor", actor), actor, None)
        app = self.estate.apps.get(actor)
        shown = app.name if app else actor
        principal = self.tenant.object_id_of(actor)
        fields = {"appId": actor, "displayName": shown, "servicePrincipalId": principal, "servicePrincipalName": None}
        return {"user": None, "app": fields}

    # Sign-ins

    def sign_ins(self, start: int = 0) -> Iterator[tuple[int, Item]]:
        yield from _walk(self.signed_in, start)
        for index in range(max(0, start - _BEGINNING), self._sign_ins_a_day * self.days):
            yield _BEGINNING + index, self.sign_in(index)

    def record_sign_in(self, person: Item, now: float) -> Item:
        """Writes that somebody signed in, otherwise like the sign-in before."""
        self.written += 1
        key = guid(self.tenant.id, "signed in", self.written, now)
        who = {
            "userDisplayName": person["displayName"],
            "userPrincipalName": person["userPrincipalName"].lower(),
            "userId": person["id"],
        }
        entry = {**self.sign_in(self.written), **who, "id": key, "createdDateTime": stamp(now)}
        _insert(self.signed_in, entry, "createdDateTime")
        return entry

    def sign_in(self, index: int) -> Item:
        """Sign-in number `index` back from the beginning of the simulation, by somebody who can sign in."""
        rolls = self.people.ids.rolls("signin", index)
        person = self._somebody(int.from_bytes(rolls[:4]))
        step = DAY // self._sign_ins_a_day
        moment = self.born - index * step - int.from_bytes(rolls[6:8]) % step
        resource_id, resource, app = _RESOURCES[rolls[8] % len(_RESOURCES)]
        legacy = rolls[9] < 6 and self.people.care < 0.5
        return {
            "id": guid(self.tenant.id, "sign-in", index),
            "createdDateTime": stamp(moment),
            "userDisplayName": person["displayName"],
            "userPrincipalName": person["userPrincipalName"].lower(),
            "userId": person["id"],
            "appId": guid("client", app),
            "appDisplayName": app,
            "resourceId": resource_id,
            "resourceDisplayName": resource,
            "ipAddress": f"203.0.113.{rolls[10]}" if rolls[11] < 230 else f"2001:db8::{rolls[10]:x}",
            "clientAppUsed": _LEGACY[rolls[12] % len(_LEGACY)] if legacy else "Browser" if rolls[12] < 150 else _MODERN,
            "correlationId": guid(self.tenant.id, "sign-in correlation", index),
            "conditionalAccessStatus": "failure"
            if rolls[13] == 53
            else "success"
            if has_policies(self.people)
            else _NOT,
            "isInteractive": True,
            "riskDetail": "none",
            "riskLevelAggregated": "none",
            "riskLevelDuringSignIn": "none",
            "riskState": "none",
            "riskEventTypes_v2": [],
            "status": _status(rolls),
            "deviceDetail": _device(rolls, managed=rolls[14] < 120),
            "location": self._location(rolls),
            "appliedConditionalAccessPolicies": [],
        }

    def _somebody(self, number: int) -> Item:
        """The first person from a number on who could sign in; the last one tried if nobody could."""
        who = self.people.facts(number % self.tenant.users)
        for attempt in range(1, 8):
            if who.sort in (Sort.MEMBER, Sort.GUEST) and who.enabled:
                break
            who = self.people.facts((number + attempt) % self.tenant.users)
        return self.people.person(who.index, _WHO)

    def _location(self, rolls: bytes) -> Item:
        cities = self.people.culture.cities
        abroad = rolls[15] < 10
        return {
            "city": "Elsewhere" if abroad else cities[rolls[16] % len(cities)],
            "state": None,
            "countryOrRegion": "BR" if abroad else self.tenant.country,
            "geoCoordinates": {"altitude": None, "latitude": rolls[17] / 4, "longitude": rolls[18] / 8},
        }


def _walk(recorded: deque[Item], start: int) -> Iterator[tuple[int, Item]]:
    """What was written as the simulation went on, before what was generated."""
    newest = _BEGINNING - len(recorded)
    return ((newest + place, entry) for place, entry in enumerate(recorded) if newest + place >= start)


def _insert(recorded: deque[Item], entry: Item, moment: str) -> None:
    """By its moment, the youngest first."""
    if len(recorded) == recorded.maxlen:
        recorded.pop()
    place = next((at for at, other in enumerate(recorded) if other[moment] <= entry[moment]), len(recorded))
    recorded.insert(place, entry)


_MODERN: Final = "Mobile Apps and Desktop clients"
_NOT: Final = "notApplied"


def has_policies(people: People) -> bool:
    return has_premium(people.tenant) and people.care > 0.2


def _status(rolls: bytes) -> Item:
    if rolls[19] > 18:
        return {"errorCode": 0, "failureReason": "Other.", "additionalDetails": None}
    code, reason = _FAILURES[rolls[19] % len(_FAILURES)]
    return {"errorCode": code, "failureReason": reason, "additionalDetails": None}


def _device(rolls: bytes, *, managed: bool) -> Item:
    system, browser = (("Windows10", "Edge 130.0.0"), ("MacOs", "Safari 17.5"), ("Ios 18", "Mobile Safari 18"))[
        rolls[20] % 3
    ]
    return {
        "deviceId": rolls[21:37].hex() if managed else "",
        "displayName": f"PC-{rolls[21:24].hex().upper()}" if managed else None,
        "operatingSystem": system,
        "browser": browser,
        "isCompliant": managed,
        "isManaged": managed,
        "trustType": "Azure AD joined" if managed else "",
    }


def target(item: Item, kind: str, edits: list[Item] | None = None) -> Item:
    """A target of an audit entry."""
    return _target(item, kind, edits or [])


def edit(name: str, old: Any, new: Any) -> Item:
    """A modified property as the audit log words it: both values are JSON texts."""
    return _edit(name, old, new)


def _target(item: Item, kind: str, edits: list[Item]) -> Item:
    named = kind == "User"
    return {
        "id": item["id"],
        "displayName": None if named else item.get("displayName"),
        "type": kind,
        "userPrincipalName": item.get("userPrincipalName") if named else None,
        "groupType": "azureAD" if kind == "Group" else None,
        "modifiedProperties": edits,
    }


def _edit(name: str, old: Any, new: Any) -> Item:
    return {"displayName": name, "oldValue": _text(old), "newValue": _text(new)}


def _text(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _person(user_id: str, principal_name: str, shown: str | None) -> Item:
    user = {"id": user_id, "userPrincipalName": principal_name, "displayName": shown, "ipAddress": "203.0.113.7"}
    return {"user": user, "app": None}


def _operation(activity: str) -> str:
    verb = activity.split(maxsplit=1)[0]
    if activity.startswith(("Add member", "Add eligible")):
        return "Assign"
    return "Unassign" if activity.startswith("Remove member") else verb
