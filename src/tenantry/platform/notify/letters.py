"""A message as a mail: text for every reader, HTML for those that show it."""

from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment

from tenantry.platform.mail import Mail
from tenantry.platform.notify.message import Message
from tenantry.platform.notify.outbox import Parcel
from tenantry.web.rendering import environment

_PREFIX = "[Tenantry] "


def as_mail(parcel: Parcel, public_url: str) -> Mail:
    message = parcel.message
    address, settings = public_url + message.path, f"{public_url}/settings/notifications"
    values = {"message": message, "address": address, "settings": settings, "host": urlsplit(public_url).netloc}
    return Mail(
        key=str(parcel.notification_id),
        recipients=parcel.recipients,
        subject=_PREFIX + message.subject,
        text="\n".join(_text(message, address, settings)),
        html=_templates().get_template("platform/notify/mail.html").render(**values),
        list_id=f"{parcel.channel_id}.notifications",
        list_address=settings,
    )


@cache
def _templates() -> Environment:
    return environment()


def _text(message: Message, address: str, settings: str) -> Iterator[str]:
    yield from (message.subject, "", message.lead, "")
    yield from (f"{name}: {value}" for name, value in message.facts)
    for section in message.sections:
        yield from ("", section.title, *(f"- {line}" for line in section.lines))
        if section.remainder:
            yield f"  {section.remainder}"
    yield from ("", f"{message.link}: {address}", "", f"Who is told what: {settings}", "")
