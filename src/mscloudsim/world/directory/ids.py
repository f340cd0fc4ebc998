"""Object ids that carry, scrambled, the number of their object: finding one of 200,000 is arithmetic, no search."""

from hashlib import blake2b
from typing import Final

_HYPHENS: Final = (8, 13, 18, 23)
_LENGTH: Final = 36
_WORD: Final = 0xFFFF_FFFF
_SPREAD: Final = 0x9E37_79B1
_GATHER: Final = pow(_SPREAD, -1, _WORD + 1)


class ObjectIds:
    """The ids of one tenant's objects: version 4 GUIDs, different for every (kind, number)."""

    def __init__(self, seed: int, tenant_id: str) -> None:
        self._key = blake2b(f"{seed}|{tenant_id}".encode(), digest_size=16).digest()

    def rolls(self, kind: str, number: int) -> bytes:
        """Sixty-four random bytes that belong to this object alone: everything about it is decided by them."""
        return blake2b(number.to_bytes(8), key=self._key, person=kind.encode()).digest()

    def of(self, kind: str, number: int) -> str:
        """The id of the object of this kind and number (below 2**32): its head is the number, masked by its tail."""
        body = blake2b(number.to_bytes(8), key=self._key, person=b"id" + kind.encode(), digest_size=12).digest()
        head = (number * _SPREAD + int.from_bytes(body[8:])) & _WORD
        text = body.hex()
        return f"{head:08x}-{text[:4]}-4{text[5:8]}-{_VARIANT[text[8]]}{text[9:12]}-{text[12:]}"

    def number_of(self, kind: str, object_id: str) -> int | None:
        """The number of the object with this id; None for an id that is not of this kind or not from here."""
        if len(object_id) != _LENGTH or any(object_id[place] != "-" for place in _HYPHENS):
            return None
        try:
            number = (int(object_id[:8], 16) - int(object_id[-8:], 16)) * _GATHER & _WORD
        except ValueError:
            return None
        return number if self.of(kind, number) == object_id.lower() else None


_VARIANT: Final = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
