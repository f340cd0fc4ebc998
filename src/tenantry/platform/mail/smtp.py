"""SMTP: over STARTTLS or TLS, with or without signing in. One connection per mail."""

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final, Literal, Self

from tenantry.kit.errors import AppError
from tenantry.kit.redaction import redacted
from tenantry.kit.references import Reference, Scheme
from tenantry.kit.secret import Secret
from tenantry.kit.text import revealed
from tenantry.microsoft import Microsoft, UpstreamError, cloud_named
from tenantry.platform.mail.transport import MailPutOff, MailRefused
from tenantry.settings import Settings

Security = Literal["starttls", "tls", "none"]
_TIMEOUT: Final = 30.0
_PERMANENT: Final = 500
"""From this code on the server says that it will never take the mail."""


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """A mail server. `password` is a reference, read anew for each mail, so that a new one needs no restart."""

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    cloud: str = "public"
    simulator_url: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises NotAReference for a password in clear text."""
        if settings.smtp_password is not None:
            Reference.parse(settings.smtp_password, "TENANTRY_SMTP_PASSWORD")
        return cls(
            settings.smtp_host or "",
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_user,
            settings.smtp_password,
            settings.cloud,
            settings.simulator_url,
        )

    async def send(self, message: EmailMessage) -> list[str]:
        password = await self._resolved()
        return await asyncio.to_thread(self._send, message, password)

    async def _resolved(self) -> Secret | None:
        if self.user is None or self.password is None:
            return None
        reference = Reference.parse(self.password, "TENANTRY_SMTP_PASSWORD")
        try:
            if reference.scheme is not Scheme.KEYVAULT:
                return reference.resolve_local()
            async with Microsoft(cloud_named(self.cloud, self.simulator_url)) as microsoft:
                return await microsoft.own_key_vault().secret(reference.target)
        except (AppError, UpstreamError) as error:
            raise MailPutOff(why=f"the password of the mail server could not be read ({error})") from error

    def _send(self, message: EmailMessage, password: Secret | None) -> list[str]:
        """In a thread: smtplib waits. Certificates are checked against what this machine trusts."""
        try:
            with self._connected() as server:
                if password is not None:
                    self._sign_in(server, password)
                refused = server.send_message(message)
        except smtplib.SMTPException as error:
            raise _as_ours(error) from error
        except ssl.SSLError as error:
            raise MailPutOff(why=f"{self.host} shows no certificate that is trusted here") from error
        except OSError as error:
            raise MailPutOff(why=f"{self.host}:{self.port} does not answer") from error
        return sorted(refused)

    def _connected(self) -> smtplib.SMTP:
        context, own_name = ssl.create_default_context(), socket.gethostname()
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, own_name, timeout=_TIMEOUT, context=context)
        server = smtplib.SMTP(self.host, self.port, own_name, timeout=_TIMEOUT)
        if self.security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server

    def _sign_in(self, server: smtplib.SMTP, password: Secret) -> None:
        if self.security == "none":
            raise MailRefused(why="a password is sent over TLS only; set TENANTRY_SMTP_SECURITY to starttls or tls")
        server.login(self.user or "", password.reveal())


def _as_ours(error: smtplib.SMTPException) -> MailRefused | MailPutOff:
    match error:
        case smtplib.SMTPAuthenticationError():
            return MailRefused(why=f"the mail server does not accept the user or the password ({_said(error)})")
        case smtplib.SMTPNotSupportedError():
            return MailRefused(why="the mail server does not offer what is set up: STARTTLS, or signing in")
        case smtplib.SMTPRecipientsRefused():
            return _recipients_refused(error.recipients)
        case smtplib.SMTPResponseException() if error.smtp_code >= _PERMANENT:
            return MailRefused(why=f"the mail server says {_said(error)}")
        case smtplib.SMTPResponseException():
            return MailPutOff(why=f"the mail server says {_said(error)}")
        case _:
            return MailPutOff(why="the mail server broke off")


def _recipients_refused(refused: Mapping[str, tuple[int, bytes]]) -> MailRefused | MailPutOff:
    """Every recipient was. One who may be taken later is reason enough to try again."""
    kind = MailRefused if all(code >= _PERMANENT for code, _ in refused.values()) else MailPutOff
    code, text = next(iter(refused.values()))
    return kind(why=f"no recipient was accepted: {_readable(code, text)}")


def _said(error: smtplib.SMTPResponseException) -> str:
    return _readable(error.smtp_code, error.smtp_error)


def _readable(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {redacted(revealed(' '.join(words.split())))[:200]}"
