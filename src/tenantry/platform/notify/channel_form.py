"""The form of a channel: added with it, and changed with it. Secrets never come back to the browser."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import Depends, Form

from tenantry.kit.secret import Secret
from tenantry.platform.doors.forms import checked, words_of
from tenantry.platform.notify.models import ChannelKind, NotificationChannel
from tenantry.platform.notify.schemas import ChannelIn, ChannelPatch

Short = Annotated[str, Form(max_length=500)]
Long = Annotated[str, Form(max_length=20_000)]
Many = Annotated[tuple[str, ...], Form(max_length=100)]

_NEEDED: Final = (("recipients", "recipients"), ("signing_secret", "signing_secret"), ("an address", "address"))
"""Faults of a whole form, by a word in them, and the field they are shown at."""
_FRIENDLIER: Final = {
    "name": "Give it a name of 1 to 100 characters, without control characters.",
    "recipients": "Give at least one mail address.",
    "signing_secret": "Give the secret the receiver checks the signature with: 16 to 200 characters.",
    "address": "Paste the address.",
}
_LOST: Final = "Paste it again: it is never sent back to the browser."


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """What was typed. `options` are `only_problems` and `is_enabled`."""

    name: Short = ""
    recipients: Long = ""
    address: Annotated[str, Form(max_length=4000)] = field(default="", repr=False)
    signing_secret: Short = field(default="", repr=False)
    events: Many = ()
    tenants: Many = ()
    options: Many = ()

    def to_add(self, kind: ChannelKind) -> ChannelIn:
        """Raises FormFaults."""
        return checked(ChannelIn, {"kind": kind, **self._document}, _told)

    def to_change(self, row: NotificationChannel) -> ChannelPatch:
        """Raises FormFaults. A secret that was left empty stays as it is."""
        document = {name: value for name, value in self._document.items() if value is not None}
        document["microsoft_tenant_ids"] = self._document["microsoft_tenant_ids"]
        if row.kind is not ChannelKind.MAIL:
            document.pop("recipients", None)
        return checked(ChannelPatch, document, _told)

    def values(self) -> dict[str, Any]:
        """What a refused form comes back with."""
        return {
            "name": self.name,
            "recipients": self.recipients,
            "events": self.events,
            "tenants": self.tenants,
            "options": self.options,
        }

    def with_lost_secrets(self, faults: dict[str, str]) -> dict[str, str]:
        given = {"address": self.address, "signing_secret": self.signing_secret}
        return {**{name: _LOST for name, text in given.items() if text.strip()}, **faults}

    @property
    def _document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "recipients": [line for line in self.recipients.replace(",", "\n").splitlines() if line.strip()],
            "address": Secret(self.address.strip()) if self.address.strip() else None,
            "signing_secret": Secret(self.signing_secret.strip()) if self.signing_secret.strip() else None,
            "events": list(self.events),
            "microsoft_tenant_ids": list(self.tenants) or None,
            "only_problems": "only_problems" in self.options,
            "is_enabled": "is_enabled" in self.options,
        }


GivenChannel = Annotated[ChannelForm, Depends()]


def values_of(row: NotificationChannel | None) -> dict[str, Any]:
    """What the form starts with."""
    if row is None:
        return {"name": "", "recipients": "", "events": [], "tenants": [], "options": ["is_enabled"]}
    options = [name for name in ("only_problems", "is_enabled") if getattr(row, name)]
    return {
        "name": row.name,
        "recipients": "\n".join(row.recipients),
        "events": row.events,
        "tenants": row.microsoft_tenant_ids or [],
        "options": options,
    }


def _told(item: Mapping[str, Any]) -> tuple[str, str]:
    place = str(item["loc"][0]) if item["loc"] else ""
    if place == "microsoft_tenant_ids":
        return "tenants", "Choose Microsoft tenants of the list."
    if place in ("recipients", "events", "signing_secret"):
        return place, words_of(item)
    if place:
        return place, _FRIENDLIER.get(place, words_of(item))
    found = next((name for word, name in _NEEDED if word in item["msg"]), "name")
    return found, _FRIENDLIER[found]
