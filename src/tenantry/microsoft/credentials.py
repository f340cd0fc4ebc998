"""What an application proves itself with. Nothing here prints, or leaves but towards the token endpoint."""

import asyncio
import base64
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from tenantry.kit.secret import Secret
from tenantry.microsoft.errors import Kind, UpstreamError

_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client secret of an app registration."""

    client_id: str
    secret: Secret

    @property
    def cache_key(self) -> str:
        """Changes with the secret, so that a replaced credential never gets its predecessor's token."""
        return _fingerprint(self.client_id, self.secret.reveal())

    async def form(self, _token_endpoint: str) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.secret.reveal()}


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """A certificate of an app registration. The key is parsed once: parsing costs a hundred signatures."""

    client_id: str
    thumbprint: str
    not_after: float
    key: RSAPrivateKey

    @classmethod
    def from_pem(cls, client_id: str, pem: Secret) -> "Certificate":
        """Reads a PEM with certificate and unencrypted private key. Raises UpstreamError(CREDENTIAL_WRONG)."""
        data = pem.reveal().encode()
        try:
            certificate, key = x509.load_pem_x509_certificate(data), load_pem_private_key(data, password=None)
        except (ValueError, TypeError) as error:
            raise _unusable("the PEM does not hold a certificate and an unencrypted private key") from error
        if not isinstance(key, RSAPrivateKey):
            raise _unusable("Microsoft accepts RSA keys only")
        digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
        thumbprint = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return cls(client_id, thumbprint, certificate.not_valid_after_utc.timestamp(), key)

    @property
    def cache_key(self) -> str:
        return _fingerprint(self.client_id, self.thumbprint)

    async def form(self, token_endpoint: str) -> dict[str, str]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "aud": token_endpoint,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": str(uuid4()),
            "nbf": now - 5,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        assertion = jwt.encode(claims, self.key, algorithm="PS256", headers={"x5t#S256": self.thumbprint})
        return {"client_id": self.client_id, "client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion}


@dataclass(frozen=True, slots=True)
class Federated:
    """An assertion of another identity (a managed identity, a Kubernetes service account), read anew each time."""

    client_id: str
    assertion: Callable[[], Awaitable[Secret]] = field(repr=False)

    @property
    def cache_key(self) -> str:
        return _fingerprint(self.client_id, "federated")

    async def form(self, _token_endpoint: str) -> dict[str, str]:
        value = (await self.assertion()).reveal()
        return {"client_id": self.client_id, "client_assertion_type": _ASSERTION_TYPE, "client_assertion": value}


def assertion_in(path: Path) -> Callable[[], Awaitable[Secret]]:
    """The assertion a platform keeps fresh in a file, such as a Kubernetes service-account token."""

    async def read() -> Secret:
        try:
            return Secret((await asyncio.to_thread(path.read_text, "utf-8")).strip())
        except OSError as error:
            raise _unusable(f"the assertion file cannot be read ({type(error).__name__})") from error

    return read


@dataclass(frozen=True, slots=True)
class Delegated:
    """A partner user's refresh token (GDAP), redeemed in the customer's tenant, for what demands a user."""

    client_id: str
    secret: Secret
    refresh_token: Secret

    @property
    def cache_key(self) -> str:
        return _fingerprint(self.client_id, self.refresh_token.reveal())

    async def form(self, _token_endpoint: str) -> dict[str, str]:
        return {
            "client_id": self.client_id,
            "client_secret": self.secret.reveal(),
            "refresh_token": self.refresh_token.reveal(),
            "grant_type": "refresh_token",
        }


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """The identity of the machine. `client_id` picks a user-assigned one; None takes the system-assigned."""

    client_id: str | None = None

    @property
    def cache_key(self) -> str:
        return _fingerprint(self.client_id or "system", "managed identity")


Credential = ClientSecret | Certificate | Federated | Delegated | ManagedIdentity


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _unusable(why: str) -> UpstreamError:
    return UpstreamError(Kind.CREDENTIAL_WRONG, "entra", why)
