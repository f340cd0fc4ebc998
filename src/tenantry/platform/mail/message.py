"""One mail as text and HTML, with the headers that tell other machines what it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from tenantry.kit.text import LAYOUT, revealed

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*\Z")
_SENDER: Final = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>\s*\Z")
_SUBJECT: Final = 200


def _sound(address: str) -> str:
    """Plain ASCII, without quoting: what every server takes, and nothing that ends a header or begins another."""
    if _ADDRESS.match(address) is None:
        raise ValueError(f"this is not a mail address: {revealed(address[:100])}")
    return address


MailAddress = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_sound)]


@dataclass(frozen=True, slots=True)
class Mail:
    """What is to be sent. `key` makes its Message-ID, so that a repeat is the same mail to whoever receives it."""

    key: str
    recipients: Sequence[str]
    subject: str
    text: str
    html: str
    list_id: str = ""
    """What kind of mail it is, for filters: letters, digits, dots and dashes."""
    list_address: str = ""
    """The page on which these mails are switched off."""


def composed(mail: Mail, sender: Address, at: datetime) -> EmailMessage:
    """The mail as it leaves. Every text in a header is one line: what could end it is written out."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = [Address(addr_spec=address) for address in mail.recipients]
    message["Subject"] = revealed(mail.subject)[:_SUBJECT]
    message["Date"] = at
    message["Message-ID"] = f"<{mail.key}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    message["X-Auto-Response-Suppress"] = "All"  # the same to Exchange
    if mail.list_id:
        message["List-Id"] = f"<{mail.list_id}.{sender.domain}>"
    if mail.list_address:
        message["List-Unsubscribe"] = f"<{mail.list_address}>"
    message.set_content(revealed(mail.text, LAYOUT), cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message


def sender_of(text: str) -> Address:
    """`alerts@example.com`, or with a name before it in angle brackets. Raises ValueError."""
    named = _SENDER.match(text.strip())
    address = (named["address"] if named else text).strip()
    name = named["name"].strip().strip('"') if named else ""
    return Address(display_name=revealed(name), addr_spec=_sound(address))
