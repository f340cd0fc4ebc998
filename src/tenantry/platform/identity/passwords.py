"""Password hashing: argon2id with OWASP's m = 19 MiB, t = 2, p = 1, and few at a time.

A verification takes 19 MiB, so unbounded concurrent sign-ins would be a way to exhaust a small host's memory.
"""

import secrets
import threading
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tenantry.kit.errors import InvalidInput
from tenantry.kit.secret import Secret

MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 256

_hasher = PasswordHash((Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1),))
_slots = threading.BoundedSemaphore(4)
_DECOY: Final = _hasher.hash(secrets.token_hex(16))


def hash_password(password: Secret) -> str:
    """Returns the hash to store. Raises InvalidInput for a length outside 12 to 256 characters."""
    if not MIN_LENGTH <= len(password.reveal()) <= MAX_LENGTH:
        raise InvalidInput(why=f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters")
    with _slots:
        return _hasher.hash(password.reveal())


def verify_password(password: Secret, stored: str | None) -> tuple[bool, str | None]:
    """Returns whether it matches and, if its parameters are out of date, a new hash to store.

    Without a stored hash, or with a password that is too long for any, a decoy is verified: all take equally long.
    """
    offered = password.reveal().encode("utf-8", "surrogatepass")[: MAX_LENGTH * 4]
    possible = stored if len(password.reveal()) <= MAX_LENGTH else None
    with _slots:
        valid, renewed = _hasher.verify_and_update(offered, possible or _DECOY)
    return (valid, renewed) if possible else (False, None)


def generate_password() -> Secret:
    """About 119 bits in four readable groups."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return Secret("-".join("".join(secrets.choice(alphabet) for _ in range(6)) for _ in range(4)))
