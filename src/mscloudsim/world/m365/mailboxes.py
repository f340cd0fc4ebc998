"""Mailboxes: one per licensed person, the shared ones and the rooms. They follow from the people of the directory."""

from collections.abc import Iterator
from typing import Final

from mscloudsim.world.directory.licences import BY_ID, MAILS
from mscloudsim.world.directory.people import Sort
from mscloudsim.world.directory.stamps import DAY, stamp
from mscloudsim.world.m365.kinds import Item, Kind, named
from mscloudsim.world.m365.upkeep import Upkeep

_READ: Final = ("id", "displayName", "userPrincipalName", "mail", "assignedLicenses", "userType")
_EVERYWHERE: Final = ("Update", "MoveToDeletedItems", "SoftDelete", "HardDelete", "UpdateFolderPermissions")
_SHIPPED: Final = {
    "AuditAdmin": (
        *_EVERYWHERE,
        *("UpdateInboxRules", "UpdateCalendarDelegation", "SendAs", "SendOnBehalf", "Create", "ApplyRecord"),
        *("MailItemsAccessed", "Send"),
    ),
    "AuditDelegate": (
        *_EVERYWHERE,
        *("UpdateInboxRules", "SendAs", "SendOnBehalf", "Create", "ApplyRecord", "MailItemsAccessed"),
    ),
    "AuditOwner": (
        *_EVERYWHERE,
        *("UpdateInboxRules", "UpdateCalendarDelegation", "ApplyRecord", "MailItemsAccessed", "Send"),
    ),
}
"""What is audited by default (learn.microsoft.com/purview/audit-mailboxes)."""
_ADDED: Final = {
    "AuditAdmin": ("Copy", "FolderBind", "Move"),
    "AuditDelegate": ("FolderBind", "Move"),
    "AuditOwner": ("Create", "MailboxLogin", "Move"),
}
_UNAUDITED: Final = 40
"""Out of 256, how many mailboxes somebody stopped auditing in a neglected tenant."""
_BYPASSING: Final = 2
"""The person whose mailbox is left out of auditing in a neglected tenant."""


def mailboxes(keep: Upkeep, start: int = 0) -> Iterator[tuple[int, Item]]:
    """Mailboxes with the positions of their owners, from a position on."""
    made = _audited(keep)
    for position, user in keep.directory.users.scan(start, _READ):
        recipient = _recipient(keep, position, user)
        if recipient is not None:
            yield position, {**_of_user(user), **recipient, **made, "AuditEnabled": _is_audited(keep, position)}


def bypasses(keep: Upkeep, start: int = 0) -> Iterator[tuple[int, Item]]:
    """Everybody with whether auditing leaves them out."""
    neglected = keep.worsened("audit bypass")
    for position, user in keep.directory.users.scan(start, _READ):
        if user["userType"] != "Guest":
            bypassed = neglected and position == _BYPASSING
            name = {"Identity": user["userPrincipalName"], "Name": user["displayName"], "Guid": user["id"]}
            yield position, {**name, "AuditBypassEnabled": bypassed}


def listed(keep: Upkeep, kind: str, start: int = 0) -> Iterator[tuple[int, Item]]:
    """Complete objects of a kind that comes with people, with their positions."""
    template = TEMPLATES[kind]
    rows = mailboxes if kind == MAILBOX else bypasses
    return ((position, {**template, **item}) for position, item in rows(keep, start))


def find(keep: Upkeep, kind: str, name: str) -> Item | None:
    """The object of somebody, by principal name or id."""
    user = keep.directory.find_user(name) if name else None
    position = keep.directory.users.position_of(user["id"]) if user is not None else None
    if position is None:
        return None
    found = next(listed(keep, kind, position), None)
    return found[1] if found is not None and found[0] == position else None


def _recipient(keep: Upkeep, position: int, user: Item) -> Item | None:
    """What kind of mailbox somebody has; None for people without one."""
    if position < keep.tenant.users and keep.directory.people.facts(position).sort is Sort.SHARED:
        is_room = user["displayName"].startswith("Meeting room")
        return {"RecipientTypeDetails": "RoomMailbox" if is_room else "SharedMailbox"}
    plans = {plan.name for licence in user["assignedLicenses"] for plan in BY_ID[licence["skuId"]].plans}
    return {"RecipientTypeDetails": "UserMailbox"} if MAILS & plans else None


def _of_user(user: Item) -> Item:
    return {
        "Identity": user["userPrincipalName"],
        "Name": user["displayName"],
        "DisplayName": user["displayName"],
        "Guid": user["id"],
        "ExternalDirectoryObjectId": user["id"],
        "UserPrincipalName": user["userPrincipalName"],
        "PrimarySmtpAddress": user["mail"] or user["userPrincipalName"],
    }


def _audited(keep: Upkeep) -> Item:
    more = keep.hardened("mailbox audit actions")
    actions = {name: [*shipped, *(_ADDED[name] if more else ())] for name, shipped in _SHIPPED.items()}
    return {**actions, "WhenCreated": stamp(keep.directory.born - 400 * DAY)}


def _is_audited(keep: Upkeep, position: int) -> bool:
    return not (keep.worsened("mailbox audit") and keep.directory.ids.rolls("mailbox", position)[0] < _UNAUDITED)


MAILBOX, BYPASS = "Mailbox", "MailboxAuditBypassAssociation"
KINDS: Final = (
    Kind(
        MAILBOX,
        named(
            "",
            AuditAdmin=[],
            AuditDelegate=[],
            AuditEnabled=True,
            AuditLogAgeLimit="90.00:00:00",
            AuditOwner=[],
            DisplayName="",
            ExternalDirectoryObjectId="",
            PrimarySmtpAddress="",
            RecipientType="UserMailbox",
            RecipientTypeDetails="UserMailbox",
            UserPrincipalName="",
            WhenCreated="",
        ),
        lambda _keep: [],
    ),
    Kind(BYPASS, named("", AuditBypassEnabled=False), lambda _keep: []),
)
TEMPLATES: Final = {kind.name: kind.template for kind in KINDS}
