"""References to secrets kept elsewhere: `env:NAME`, `file:/path`, `keyvault:https://vault…/secrets/name`."""

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tenantry.kit.errors import AppError, InvalidInput
from tenantry.kit.secret import Secret

_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_SECRET_PATH: Final = re.compile(r"(/[\w-]+)*/secrets/[0-9A-Za-z-]{1,127}(/[0-9A-Za-z]+)?", re.ASCII)
_MAX_FILE_BYTES: Final = 65_536


class NotAReference(InvalidInput):
    """Give secrets as references (`env:NAME`, `file:/path`, `keyvault:https://…`), never in clear text: {where}."""


class UnresolvedReference(AppError):
    """The reference {reference} leads to nothing: {why}."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Scheme(StrEnum):
    ENV = "env"
    FILE = "file"
    KEYVAULT = "keyvault"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is. Printing it is harmless."""

    scheme: Scheme
    target: str

    @classmethod
    def parse(cls, text: str, where: str) -> "Reference":
        """Raises NotAReference naming `where` it stood, never the text: it may be the secret itself."""
        scheme, colon, target = text.strip().partition(":")
        if not colon or scheme not in set(Scheme) or not _is_sound(Scheme(scheme), target):
            raise NotAReference(where=where)
        return cls(Scheme(scheme), target)

    def __str__(self) -> str:
        return f"{self.scheme.value}:{self.target}"

    def resolve_local(self) -> Secret:
        """The value of an env or file reference. Raises UnresolvedReference when it is absent or empty."""
        value = self._from_environment() if self.scheme is Scheme.ENV else self._from_file()
        if not value.strip():
            raise UnresolvedReference(reference=str(self), why="it is empty")
        return Secret(value.strip())

    def _from_environment(self) -> str:
        if self.target not in os.environ:
            raise UnresolvedReference(reference=str(self), why="the environment variable is not set")
        return os.environ[self.target]

    def _from_file(self) -> str:
        try:
            with Path(self.target).open("rb") as file:
                return file.read(_MAX_FILE_BYTES).decode()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not text"
            raise UnresolvedReference(reference=str(self), why=why.lower()) from error


def _is_sound(scheme: Scheme, target: str) -> bool:
    if scheme is Scheme.ENV:
        return _ENV_NAME.fullmatch(target) is not None
    if scheme is Scheme.FILE:
        return target.startswith("/") and "\x00" not in target
    return _is_vault_address(target)


def _is_vault_address(target: str) -> bool:
    """`https://{vault}/secrets/{name}[/{version}]`, without a user, a query or a fragment: it is shown to people."""
    try:
        parts = urlsplit(target)
        port = parts.port
    except ValueError:  # a port beyond all ports, a bracket too many
        return False
    authority = parts.hostname if port is None else f"{parts.hostname}:{port}"
    plain = parts.netloc.lower() == authority and target == f"{parts.scheme}://{parts.netloc}{parts.path}"
    return parts.scheme in ("https", "http") and plain and _SECRET_PATH.fullmatch(parts.path) is not None
