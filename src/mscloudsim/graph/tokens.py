"""Paging and change tokens: opaque, checked, and dead after a while."""

import base64
import binascii
import struct
from hashlib import blake2b
from typing import Final

_SHAPE: Final = struct.Struct(">QQI")
_SEAL: Final = 8


def write_token(purpose: str, tenant_id: str, first: int, second: int, made: int) -> str:
    """A token carrying two numbers and when it was made (seconds), good for one purpose in one tenant."""
    content = _SHAPE.pack(first, second, made)
    return base64.urlsafe_b64encode(_seal(purpose, tenant_id, content) + content).decode().rstrip("=")


def read_token(purpose: str, tenant_id: str, token: str) -> tuple[int, int, int] | None:
    """What `write_token` put in; None for a token from elsewhere or changed on the way."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return None
    seal, content = raw[:_SEAL], raw[_SEAL:]
    if len(content) != _SHAPE.size or seal != _seal(purpose, tenant_id, content):
        return None
    first, second, made = _SHAPE.unpack(content)
    return first, second, made


def _seal(purpose: str, tenant_id: str, content: bytes) -> bytes:
    return blake2b(content, key=tenant_id.encode()[:64], person=purpose.encode(), digest_size=_SEAL).digest()
