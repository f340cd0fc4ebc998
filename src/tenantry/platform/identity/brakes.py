"""Counting sign-in attempts before they are checked, so that guesses made at the same moment are all counted."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from sqlalchemy import case, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from tenantry.kit.clock import Clock
from tenantry.kit.db import Databases
from tenantry.platform.identity.models import SignInBrake

WINDOW: Final = timedelta(minutes=30)
"""Counted from the first attempt that fails, or from the one that was too many: going on does not prolong a pause."""


@dataclass(frozen=True, slots=True)
class Brakes:
    """The counters, each in a transaction of its own, so that a refused request does not undo them."""

    databases: Databases
    clock: Clock

    def admit(self, allowed: Mapping[str, int]) -> bool:
        """Counts one attempt on every key. False when one of them had used up what it is allowed."""
        with self.databases.identity() as session:
            # In one order, or two attempts could wait for each other.
            attempts = {key: self._count(session, key, allowed[key]) for key in sorted(allowed)}
        return all(attempts[key] <= allowed[key] for key in allowed)

    def release(self, forget: Collection[str], take_back: Collection[str]) -> None:
        """After a success: forgets some counters, and takes back this one attempt from those others share."""
        with self.databases.identity() as session:
            session.execute(delete(SignInBrake).where(SignInBrake.key.in_(forget)))
            session.execute(
                update(SignInBrake)
                .where(SignInBrake.key.in_(take_back), SignInBrake.attempts > 0)
                .values(attempts=SignInBrake.attempts - 1)
            )

    def _count(self, session: Any, key: str, allowed: int) -> int:
        """One statement: reading first and writing then would let parallel guesses share a count."""
        now, insert = self.clock.now(), sqlite.insert if self.databases.is_sqlite else postgresql.insert
        over = SignInBrake.counted_since <= now - WINDOW
        filling = SignInBrake.attempts == allowed - 1
        statement = insert(SignInBrake).values(key=key, attempts=1, counted_since=now)
        counted = statement.on_conflict_do_update(
            index_elements=[SignInBrake.key],
            set_={
                "attempts": case((over, 1), else_=SignInBrake.attempts + 1),
                "counted_since": case((over | filling, now), else_=SignInBrake.counted_since),
            },
        ).returning(SignInBrake.attempts)
        attempts: int = session.scalars(counted, execution_options={"unscoped": True}).one()
        return attempts


def account_key(email: str) -> str:
    """Of a fixed length, and not a list of the addresses people tried."""
    return f"account:{hashlib.sha256(email.encode()).hexdigest()}"


def address_key(ip: str) -> str:
    """An IPv6 customer is given a whole /64, so that is what counts as one address."""
    try:
        parsed = ip_address(ip.partition("%")[0])
    except ValueError:  # a proxy's own notion of an address
        return f"ip:{hashlib.sha256(ip.encode()).hexdigest()}"
    if not isinstance(parsed, IPv6Address):
        return f"ip:{parsed}"
    return f"ip:{parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64)}"
