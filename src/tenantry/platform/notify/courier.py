"""Carries a parcel to where its channel leads, by the way of its kind."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from tenantry.kit.secret import Secret
from tenantry.platform.mail import Mailer
from tenantry.platform.notify.cards import as_card
from tenantry.platform.notify.letters import as_mail
from tenantry.platform.notify.models import ChannelKind
from tenantry.platform.notify.outbox import Parcel
from tenantry.platform.notify.posting import DeliveryRefused, Poster
from tenantry.platform.notify.targets import TargetRules, UnusableAddress
from tenantry.platform.notify.webhooks import as_json, signed
from tenantry.settings import Settings


@dataclass(slots=True)
class Courier:
    """Belongs to one event loop; `close` ends its connections."""

    public_url: str = "http://localhost:8000"
    mailer: Mailer = field(default_factory=Mailer)
    rules: TargetRules = field(default_factory=TargetRules)
    _teams: Poster = field(default_factory=lambda: Poster(guarded=False))
    """Where it may lead is a list of hosts, so that names need no guard."""
    _webhooks: Poster = field(init=False)

    def __post_init__(self) -> None:
        self._webhooks = Poster(guarded=not self.rules.to_internal_hosts)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises UnusableSender and NotAReference for settings that cannot be meant."""
        return cls(settings.public_url.rstrip("/"), Mailer.of(settings), TargetRules.of(settings))

    async def carry(self, parcel: Parcel, now: datetime) -> str | None:
        """Returns a remark on a delivery that was not quite right, or None.

        Raises MailNotSetUp, and MailRefused, MailPutOff, DeliveryRefused or DeliveryPutOff.
        """
        if parcel.kind is ChannelKind.MAIL:
            refused = await self.mailer.send(as_mail(parcel, self.public_url), now)
            return f"The mail server did not accept {', '.join(refused)}." if refused else None
        address = self._allowed(parcel)
        url = self.public_url + parcel.message.path
        if parcel.kind is ChannelKind.TEAMS:
            await self._teams.post(address, as_card(parcel.message, url), {}, now, quote=True)
        else:
            body = as_json(parcel, url)
            await self._webhooks.post(address, body, signed(parcel, body, now), now)
        return None

    async def close(self) -> None:
        await self._teams.close()
        await self._webhooks.close()

    def _allowed(self, parcel: Parcel) -> Secret:
        """The rules may have become stricter since the address was given."""
        address = parcel.address or Secret("")
        try:
            self.rules.require(parcel.kind, address)
        except UnusableAddress as error:
            raise DeliveryRefused(why=error.facts["why"]) from error
        return address


class Carrying(Protocol):
    """What the application gives to its jobs has a courier among it."""

    courier: Courier
