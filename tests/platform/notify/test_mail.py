"""Alice is told by mail: over TLS, readable everywhere, and by nobody made into another mail."""

import re
from typing import Any

import pytest
from tests.platform.notify.office import Office
from tests.support.hostile import HOSTILE
from tests.support.smtp import MailServer

from tenantry.kit.clock import SettableClock
from tenantry.kit.db import DatabaseUrls
from tenantry.kit.text import LAYOUT, is_invisible
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.mail import Mail, Mailer, MailPutOff, MailRefused
from tenantry.platform.notify.models import NotificationState
from tenantry.settings import Settings

INJECTED = "Contoso\r\nBcc: victim@example.com\r\n\r\n<b>Pay here</b>"


@pytest.fixture
def database_urls(sqlite_urls: DatabaseUrls) -> DatabaseUrls:
    """How mails leave does not depend on the database."""
    return sqlite_urls


def test_a_mail_arrives_in_text_and_html(office: Office, mail_server: MailServer, worker: JobRunner) -> None:
    office.add(kind="mail", recipients=["ops@northwind.example", "OPS@northwind.example", "ciso@northwind.example"])
    facts, sections = [("Microsoft tenant", "Müller & Söhne")], [{"title": "Regressed (1)", "lines": ["1.1.1 Title"]}]
    (key,) = office.tell(subject="Scan of Müller & Söhne", lead="120 of 140 pass.", facts=facts, sections=sections)
    assert office.ended(key).state is NotificationState.DELIVERED
    (mail,) = mail_server.received
    assert (mail.is_encrypted, mail.user) == (True, "tenantry")
    assert (mail.sender, mail.recipients) == (
        "alerts@northwind.example",
        ["ops@northwind.example", "ciso@northwind.example"],
    )
    message = mail.message
    assert message["From"] == "Tenantry für Northwind <alerts@northwind.example>"
    assert message["Subject"] == "[Tenantry] Scan of Müller & Söhne"
    assert message["Message-ID"] == f"<{key}@northwind.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"].strip() == f"<{office.row(key).channel_id}.notifications.northwind.example>"
    assert message["List-Unsubscribe"] == "<https://tenantry.example/settings/notifications>"
    for words in (
        "120 of 140 pass.",
        "Microsoft tenant: Müller & Söhne",
        "- 1.1.1 Title",
        "https://tenantry.example/jobs",
    ):
        assert words in mail.part("plain")
    for words in ("<bdi>Müller &amp; Söhne</bdi>", '<a href="https://tenantry.example/jobs">', "1.1.1 Title"):
        assert words in mail.part("html")
    assert all(byte < 128 for byte in mail.raw), "every server takes it"


def test_no_text_becomes_a_header_or_markup(office: Office, mail_server: MailServer, worker: JobRunner) -> None:
    office.add(kind="mail", recipients=["ops@northwind.example"])
    texts = [INJECTED, *HOSTILE.values()]
    for text in texts:
        told: dict[str, Any] = {
            "subject": text,
            "lead": text,
            "facts": [(text, text)],
            "sections": [{"title": text, "lines": [text]}],
        }
        (key,) = office.tell(**told)
        assert office.ended(key).state is NotificationState.DELIVERED
    assert len(mail_server.received) == len(texts)
    for mail in mail_server.received:
        assert mail.recipients == ["ops@northwind.example"]
        assert "victim@example.com" not in mail.message
        assert mail.message["Bcc"] is None
        assert len(mail.message.keys()) == len(set(mail.message.keys()))
        shown = f"{mail.message['Subject']}{mail.part('plain')}{mail.part('html')}"
        assert [letter for letter in shown if is_invisible(letter) and letter not in LAYOUT] == []
        assert not re.search(r"<(script|img|svg|b)\b|<[^>]*\son\w+=", mail.part("html"))


@pytest.mark.parametrize(
    ("refusals", "error", "words"),
    [
        ({"MAIL": "451 busy"}, MailPutOff, "the mail server says 451 busy"),
        ({"MAIL": "550 we do not know you"}, MailRefused, "the mail server says 550 we do not know you"),
        ({"RCPT": "550 nobody here"}, MailRefused, "no recipient was accepted: 550 nobody here"),
        ({"RCPT": "452 mailbox full"}, MailPutOff, "no recipient was accepted: 452 mailbox full"),
        ({"AUTH": "535 no\u202e"}, MailRefused, r"does not accept the user or the password (535 no\u202e)"),
        ({"STARTTLS": "454 not now"}, MailPutOff, "the mail server says 454 not now"),
        ({"DATA": "554 spam"}, MailRefused, "the mail server says 554 spam"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_a_server_refuses_is_told_in_its_words(
    settings: Settings, mail_server: MailServer, clock: SettableClock, refusals: dict[str, str], error: type, words: str
) -> None:
    mail_server.refusals = refusals
    mail = Mail("key", ["a@northwind.example", "b@northwind.example"], "Subject", "Text", "<p>Text</p>")
    with pytest.raises(error) as raised:
        await Mailer.of(settings).send(mail, clock.now())
    assert words in str(raised.value)
    assert mail_server.received == []


async def test_those_who_are_not_accepted_are_named(
    settings: Settings, mail_server: MailServer, clock: SettableClock
) -> None:
    mail_server.refusals = {"RCPT TO:<GONE@": "550 nobody here"}
    mail = Mail("key", ["gone@northwind.example", "b@northwind.example"], "Subject", "Text", "<p>Text</p>")
    assert await Mailer.of(settings).send(mail, clock.now()) == ["gone@northwind.example"]
    assert mail_server.received[0].recipients == ["b@northwind.example"]


async def test_a_server_without_tls_is_sent_nothing(
    settings: Settings, mail_server: MailServer, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor one whose certificate nobody here trusts, and no password goes in the clear."""
    mail, mailer = Mail("key", ["a@northwind.example"], "S", "T", "<p>T</p>"), Mailer.of(settings)
    context, mail_server.context = mail_server.context, None
    with pytest.raises(MailRefused, match="does not offer"):
        await mailer.send(mail, clock.now())
    with pytest.raises(MailRefused, match="over TLS only"):
        await Mailer.of(settings.model_copy(update={"smtp_security": "none"})).send(mail, clock.now())
    mail_server.context = context
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(MailPutOff, match="no certificate that is trusted"):
        await mailer.send(mail, clock.now())
    assert mail_server.received == []


async def test_tls_from_the_first_byte(settings: Settings, mail_server: MailServer, clock: SettableClock) -> None:
    mail_server.speaks_tls_at_once = True
    mailer = Mailer.of(settings.model_copy(update={"smtp_security": "tls"}))
    await mailer.send(Mail("key", ["a@northwind.example"], "S", "T", "<p>T</p>"), clock.now())
    assert mail_server.received[0].is_encrypted
