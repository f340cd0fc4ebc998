"""What a way for mails to leave has to do, and how it says that it cannot."""

from email.message import EmailMessage
from http import HTTPStatus
from typing import Protocol

from tenantry.kit.errors import AppError


class MailNotSetUp(AppError):
    """Mail is not set up in this installation. An operator sets TENANTRY_SMTP_HOST and TENANTRY_MAIL_SENDER."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class MailRefused(AppError):
    """The mail was refused, and sending it again would not help: {why}."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class MailPutOff(AppError):
    """The mail could not be handed over yet: {why}."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class MailTransport(Protocol):
    """Hands a mail to somebody who delivers it."""

    async def send(self, message: EmailMessage) -> list[str]:
        """Returns the recipients that were refused while others were accepted. Raises MailRefused and MailPutOff."""
        ...
