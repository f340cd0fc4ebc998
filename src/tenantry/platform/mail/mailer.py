"""Sending mail, whatever way it leaves. Further ways (a cloud's mail service, with SMTP behind it) are added here."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from typing import Self

from tenantry.kit.errors import Conflict
from tenantry.platform.mail.message import Mail, composed, sender_of
from tenantry.platform.mail.smtp import SmtpTransport
from tenantry.platform.mail.transport import MailNotSetUp, MailTransport
from tenantry.settings import Settings


class UnusableSender(Conflict):
    """TENANTRY_MAIL_SENDER is no mail address such as `alerts@example.com` or `Tenantry <alerts@example.com>`."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends mails as one sender over one transport; without them every mail is answered with MailNotSetUp."""

    sender: Address | None = None
    transport: MailTransport | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises UnusableSender, so that an installation does not start with one."""
        if not settings.has_mail:
            return cls()
        try:
            sender = sender_of(settings.mail_sender or "")
        except ValueError as error:
            raise UnusableSender(why="") from error
        return cls(sender, SmtpTransport.of(settings))

    async def send(self, mail: Mail, at: datetime) -> list[str]:
        """Returns the recipients that were refused while others took it.

        Raises MailNotSetUp, MailRefused, and MailPutOff when it may work later.
        """
        if self.sender is None or self.transport is None:
            raise MailNotSetUp
        return await self.transport.send(composed(mail, self.sender, at))
