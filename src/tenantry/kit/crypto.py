"""AES-256-GCM and the two levels of keys: master keys outside the database wrap data keys inside it."""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenantry.kit.errors import AppError

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12  # NIST SP 800-38D, section 8.2.2: random nonces of 96 bits


class UnknownMasterKey(AppError):
    """The master key {key_id} that protects this data is not configured. Add it to the master keys."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class BadMasterKey(AppError):
    """A master key must be 32 random bytes in base64; {source} is not. `tenantry keys generate` makes one."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class Undecryptable(AppError):
    """The stored secret cannot be decrypted: it was changed, or belongs to something else."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


def hash_token(token: str) -> bytes:
    """What is stored of a token we made. It carries 256 random bits, so a plain hash is enough: nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def seal(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Encrypts and authenticates; `context` must be given again to open, so a value cannot be moved elsewhere."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Returns what was sealed. Raises Undecryptable when key, bytes or context differ."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise Undecryptable from error


@dataclass(frozen=True, slots=True, repr=False)
class MasterKey:
    """A key-encryption key. Its id is derived from the key, so that configuration needs no naming scheme."""

    id: str
    key: bytes

    @classmethod
    def from_text(cls, text: str, source: str) -> "MasterKey":
        """Reads 32 base64 bytes. Raises BadMasterKey naming `source`, never the text."""
        try:
            key = base64.b64decode(text.strip(), validate=True)
        except ValueError as error:
            raise BadMasterKey(source=source) from error
        if len(key) != KEY_BYTES:
            raise BadMasterKey(source=source)
        return cls(id=hashlib.sha256(b"tenantry master key" + key).hexdigest()[:12], key=key)

    @classmethod
    def generate_text(cls) -> str:
        return base64.b64encode(os.urandom(KEY_BYTES)).decode()

    def derive(self, purpose: str) -> bytes:
        """A key for another purpose, so that one configured secret never serves two algorithms."""
        return hashlib.blake2b(purpose.encode(), key=self.key, digest_size=KEY_BYTES).digest()

    def __repr__(self) -> str:
        return f"MasterKey(id={self.id!r})"

    def __reduce__(self) -> NoReturn:
        message = "a MasterKey is not serialised"
        raise TypeError(message)


class Keyring:
    """The configured master keys. The first wraps new data keys, all of them unwrap."""

    def __init__(self, keys: Sequence[MasterKey]) -> None:
        self._keys = {key.id: key for key in keys}
        self.current = keys[0]

    def __repr__(self) -> str:
        return f"Keyring({list(self._keys)})"

    def has(self, key_id: str) -> bool:
        """Whether what this master key wrapped can be opened."""
        return key_id in self._keys

    def wrap(self, data_key: bytes, context: bytes) -> tuple[str, bytes]:
        """Returns the master key's id and the wrapped data key."""
        return self.current.id, seal(self.current.key, data_key, context)

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        if key_id not in self._keys:
            raise UnknownMasterKey(key_id=key_id)
        return unseal(self._keys[key_id].key, wrapped, context)
