"""How applications prove themselves: secret, certificate assertion, federated assertion, refresh token."""

import base64
import binascii
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mscloudsim.entra.refusals import refuse
from mscloudsim.entra.tokens import FEDERATION
from mscloudsim.http import Request
from mscloudsim.world.estate import App
from mscloudsim.world.world import World

Form = dict[str, str]
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_REMEMBERED: Final = 10_000
_SKEW: Final = 300
_IDLE_SECONDS: Final = 90 * 86_400


@dataclass
class Proofs:
    """Checks what is presented. Remembers assertions, because each is good for one use."""

    world: World
    _used: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def check(self, request: Request, app: App, form: Form) -> str:
        """The `appidacr` of the proof: "1" secret, "2" assertion. Raises EntraRefusal."""
        if form.get("client_assertion_type") == ASSERTION and form.get("client_assertion"):
            self._assertion(request, app, form["client_assertion"])
            return "2"
        if not form.get("client_secret"):
            raise refuse(7000218)
        self._secret(app, form["client_secret"])
        return "1"

    def refresh_token(self, token: str) -> None:
        """Raises EntraRefusal unless it is the partner technician's, in use and not revoked."""
        issued_at = self.world.estate.refresh_token_issued_at(token)
        if issued_at is None:
            raise refuse(9002313)
        if issued_at < self.world.estate.sessions_revoked_at:
            raise refuse(50173)
        if self.world.clock.now() - issued_at > _IDLE_SECONDS:
            raise refuse(700082)

    def _secret(self, app: App, secret: str) -> None:
        if secret != app.secret:
            raise refuse(7000215, app=app.id)
        if self.world.clock.now() >= app.secret_expires_at:
            raise refuse(7000222, app=app.id)

    def _assertion(self, request: Request, app: App, assertion: str) -> None:
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError as error:
            raise refuse(50027) from error
        if claims.get("iss") == app.id:
            self._certificate(request, app, assertion, header)
        else:
            self._federated(app, assertion, claims)

    def _federated(self, app: App, assertion: str, claims: dict[str, Any]) -> None:
        pem = app.federated.get((str(claims.get("iss")), str(claims.get("sub"))))
        if pem is None:
            raise refuse(700211)
        key: Any = pem or self.world.signer.key.public_key()
        self._verify(assertion, key, FEDERATION, str(claims["iss"]))

    def _certificate(self, request: Request, app: App, assertion: str, header: dict[str, Any]) -> None:
        pem = _certificate_of(app, header)
        if pem is None:
            raise refuse(700027, why="the key was not found on the application")
        certificate = x509.load_pem_x509_certificate(pem.encode())
        if certificate.not_valid_after_utc.timestamp() <= self.world.clock.now():
            raise refuse(700027, why="the certificate has expired")
        key = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        here = request.url.partition("?")[0]
        claims = self._verify(assertion, key, [here, here.removesuffix("/oauth2/v2.0/token") + "/v2.0"], app.id)
        if claims.get("sub") != app.id:
            raise refuse(700027, why="the subject is not the application")
        self._use(str(claims.get("jti") or hashlib.sha256(assertion.encode()).hexdigest()))

    def _verify(self, assertion: str, key: Any, audience: str | list[str], issuer: str) -> dict[str, Any]:
        """Signature, audience, issuer, and the time by the simulator's own clock."""
        unchecked: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": ["exp"]}
        algorithms = ["RS256", "PS256"]
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion, key, algorithms, options=unchecked, audience=audience, issuer=issuer
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise refuse(700027, why=str(error)) from error
        now = self.world.clock.now()
        if not float(claims.get("nbf", 0)) - _SKEW <= now < float(claims["exp"]) + _SKEW:
            raise refuse(700024)
        return claims

    def _use(self, identifier: str) -> None:
        if identifier in self._used:
            raise refuse(700027, why="the assertion was used before")
        self._used[identifier] = None
        if len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)


def add_basic(request: Request, form: Form) -> None:
    """Takes client id and secret from an HTTP Basic header, where they may be as well."""
    scheme, _, value = request.header("authorization").partition(" ")
    if scheme.lower() != "basic" or "client_id" in form:
        return
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise refuse(9002313) from error
    form["client_id"], form["client_secret"] = client_id, secret


def thumbprint(pem: str) -> str:
    """The base64url SHA-256 of a certificate, as `x5t#S256` names it. Raises ValueError."""
    der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
    return _base64url(hashlib.sha256(der).digest())


def _certificate_of(app: App, header: dict[str, Any]) -> str | None:
    if "x5t#S256" in header:
        return app.certificate_thumbprints.get(str(header["x5t#S256"]).rstrip("="))
    for pem in app.certificate_thumbprints.values():
        der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
        if _base64url(hashlib.sha1(der, usedforsecurity=False).digest()) == str(header.get("x5t", "")).rstrip("="):
            return pem
    return None


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
