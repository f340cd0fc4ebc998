"""Channels and notifications as they come in and go out."""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tenantry.kit.secret import Secret
from tenantry.platform.mail import MailAddress
from tenantry.platform.notify.events import all_events
from tenantry.platform.notify.models import ChannelKind, NotificationState

_NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f]*$"
_SHORTEST_KEY: Final = 16
_LONGEST_KEY: Final = 200


def _known_events(names: list[str]) -> list[str]:
    known = [kind.name for kind in all_events()]
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"there is no event {unknown[0][:64]}; known are {', '.join(known)}")
    return sorted(set(names))


def _unique(addresses: list[str]) -> list[str]:
    """As they were written first."""
    return list({address.casefold(): address for address in reversed(addresses)}.values())[::-1]


def _long_enough(key: Secret) -> Secret:
    if not _SHORTEST_KEY <= len(key.reveal()) <= _LONGEST_KEY:
        raise ValueError(f"a signing secret has {_SHORTEST_KEY} to {_LONGEST_KEY} characters")
    return key


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=_NO_CONTROLS)]
Recipients = Annotated[list[MailAddress], Field(max_length=50), AfterValidator(_unique)]
Events = Annotated[list[str], Field(max_length=100), AfterValidator(_known_events)]
Routed = Annotated[
    list[UUID] | None,
    Field(min_length=1, max_length=1000, description="The Microsoft tenants it is told of; null for everything."),
]
SigningSecret = Annotated[Secret, AfterValidator(_long_enough)]


class ChannelIn(BaseModel):
    """A channel to add. A mail channel has recipients, the others an address; a webhook is signed as well."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    kind: ChannelKind
    recipients: Recipients = []
    address: Annotated[Secret | None, Field(description="Of the workflow or webhook. Sealed, never shown again.")] = (
        None
    )
    signing_secret: SigningSecret | None = None
    events: Events = []
    microsoft_tenant_ids: Routed = None
    only_problems: bool = False
    is_enabled: bool = True

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        is_mail = self.kind is ChannelKind.MAIL
        if is_mail != bool(self.recipients):
            raise ValueError("a mail channel needs recipients, and only a mail channel has some")
        if is_mail == bool(self.address):
            raise ValueError("a Teams or webhook channel needs an address, and a mail channel has none")
        if (self.kind is ChannelKind.WEBHOOK) != bool(self.signing_secret):
            raise ValueError("a webhook needs a signing_secret, and only a webhook has one")
        return self


class ChannelPatch(BaseModel):
    """What changes; what is left out stays. The kind stays in any case."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    recipients: Recipients | None = None
    address: Secret | None = None
    signing_secret: SigningSecret | None = None
    events: Events | None = None
    microsoft_tenant_ids: Routed = None
    """`null` given means that everything is told."""
    only_problems: bool | None = None
    is_enabled: bool | None = None


class ChannelOut(BaseModel):
    """A channel as people may see it: of its address only how to recognise it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: ChannelKind
    recipients: list[str]
    address_hint: str | None
    events: list[str]
    microsoft_tenant_ids: list[UUID] | None
    only_problems: bool
    is_enabled: bool
    problem: str | None
    problem_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


class ChannelsOut(BaseModel):
    """All channels by name."""

    items: list[ChannelOut]


class NotificationOut(BaseModel):
    """One message for one channel, and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    channel_id: UUID
    channel_name: str
    channel_kind: ChannelKind
    microsoft_tenant_id: UUID | None
    event: str
    subject: str
    state: NotificationState
    job_id: UUID | None
    attempts: int
    next_attempt_at: datetime | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None


class NotificationPageOut(BaseModel):
    """A page of notifications, newest first."""

    items: list[NotificationOut]
    next_cursor: str | None
    total: int
