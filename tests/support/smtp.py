"""A mail server that keeps what it is given, over real sockets: STARTTLS, TLS, sign-in, and refusals on order."""

import base64
import email
import email.policy
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as it came: the envelope, the message, and how it came."""

    sender: str
    recipients: list[str]
    raw: bytes
    is_encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def part(self, kind: str) -> str:
        found = self.message.get_body((kind,))
        assert found is not None
        return str(found.get_content())


@dataclass(slots=True)
class MailServer:
    """Where it listens, what it takes, and what it does not: `refusals` are answers to commands, by their beginning."""

    context: ssl.SSLContext | None = None
    speaks_tls_at_once: bool = False
    user: str | None = None
    password: str | None = None
    refusals: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    port: int = 0


@contextmanager
def running(server: MailServer) -> Iterator[MailServer]:
    handler = type("Handler", (_Conversation,), {"office": server})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        server.port = listening.server_address[1]
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        listening.shutdown()
        thread.join(5)


class _Conversation(socketserver.StreamRequestHandler):
    office: MailServer

    def handle(self) -> None:
        self.is_encrypted, self.sender, self.recipients = False, "", list[str]()
        self.signed_in: str | None = None
        if not self.office.speaks_tls_at_once or self._encrypt():
            self._say("220 mail.example ready")
            self._converse()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the one around the socket that the server closes

    def _converse(self) -> None:
        for line in iter(self._line, ""):
            word = line.partition(" ")[0].upper()
            refusal = next(
                (text for start, text in self.office.refusals.items() if line.upper().startswith(start)), None
            )
            if refusal is not None:
                self._say(refusal)
            elif not self._take(word, line):
                return

    def _take(self, word: str, line: str) -> bool:
        match word:
            case "EHLO":
                offers = ["mail.example", "8BITMIME"]
                offers += ["STARTTLS"] if self.office.context and not self.is_encrypted else []
                offers += ["AUTH PLAIN LOGIN"] if self.office.user else []
                self._say(*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}")
            case "QUIT":
                self._say("221 bye")
                return False
            case "STARTTLS":
                self._say("220 go ahead")
                return self._encrypt()
            case "AUTH":
                self._sign_in(line)
            case "MAIL":
                self.sender, self.recipients = _address(line), []
                self._say("250 ok")
            case "RCPT":
                self.recipients.append(_address(line))
                self._say("250 ok")
            case "DATA":
                self._data()
            case _:
                self._say("250 ok")
        return True

    def _encrypt(self) -> bool:
        assert self.office.context is not None
        try:
            self.request: Any = self.office.context.wrap_socket(self.request, server_side=True)
        except (ssl.SSLError, OSError):  # a client that does not trust us
            return False
        conversation: Any = self.request
        self.rfile, self.wfile = conversation.makefile("rb"), conversation.makefile("wb", 0)
        self.is_encrypted = True
        return True

    def _sign_in(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        if (user, password) == (self.office.user, self.office.password):
            self.signed_in = user
            self._say("235 welcome")
        else:
            self._say("535 5.7.8 not you")

    def _data(self) -> None:
        self._say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        raw = b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)
        mail = Received(self.sender, list(self.recipients), raw, self.is_encrypted, self.signed_in)
        self.office.received.append(mail)
        self._say("250 taken")

    def _line(self) -> str:
        return self.rfile.readline().decode(errors="replace").rstrip("\r\n")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
