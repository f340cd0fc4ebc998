"""Certificates of applications, and the assertions signed with them."""

import base64
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certified:
    """A self-signed certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def pem_with_key(self) -> bytes:
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key + self.pem.encode()

    def assertion(
        self, client_id: str, endpoint: str, algorithm: str = "PS256", header: str = "x5t#S256", **changes: Any
    ) -> str:
        digest = hashes.SHA256() if header == "x5t#S256" else hashes.SHA1()
        thumbprint = base64.urlsafe_b64encode(self.certificate.fingerprint(digest)).decode().rstrip("=")
        now = int(time.time())
        claims = {
            "aud": endpoint,
            "iss": client_id,
            "sub": client_id,
            "jti": str(uuid4()),
            "nbf": now,
            "exp": now + 600,
        }
        return jwt.encode(claims | changes, self.key, algorithm, headers={header: thumbprint})


def make_certificate() -> Certified:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "control plane")])
    now = datetime.fromtimestamp(time.time(), UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    return Certified(builder.sign(key, hashes.SHA256()), key)
