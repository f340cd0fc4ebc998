"""Known devices: browsers that have signed in to an account before, so that strangers' failures do not pause them."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update

from tenantry.kit.clock import Clock
from tenantry.kit.crypto import hash_token
from tenantry.kit.db import GlobalSession
from tenantry.kit.secret import Secret
from tenantry.platform.identity.models import KnownDevice

LIFETIME: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Devices:
    """Recognises and remembers devices, over the global tables."""

    session: GlobalSession
    clock: Clock

    def knows(self, token: Secret | None, user_id: UUID) -> bool:
        if token is None:
            return False
        known = select(KnownDevice.user_id).where(
            KnownDevice.token_hash == hash_token(token.reveal()),
            KnownDevice.user_id == user_id,
            KnownDevice.signed_in_at > self.clock.now() - LIFETIME,
        )
        return self.session.scalars(known).first() is not None

    def remember(self, presented: Secret | None, user_id: UUID) -> Secret:
        """Returns a new token, which also stands for the accounts the presented one was known to."""
        token, now = secrets.token_urlsafe(32), self.clock.now()
        self.session.execute(
            delete(KnownDevice).where(KnownDevice.user_id == user_id, KnownDevice.signed_in_at <= now - LIFETIME)
        )
        if presented is not None:
            old = hash_token(presented.reveal())
            self._forget(old, user_id)
            moved = update(KnownDevice).where(KnownDevice.token_hash == old).values(token_hash=hash_token(token))
            self.session.execute(moved, execution_options={"synchronize_session": False})
        self.session.add(KnownDevice(token_hash=hash_token(token), user_id=user_id, signed_in_at=now))
        return Secret(token)

    def forget(self, token: Secret, user_id: UUID) -> None:
        """From now on this browser is a stranger to the account."""
        self._forget(hash_token(token.reveal()), user_id)

    def _forget(self, token_hash: bytes, user_id: UUID) -> None:
        mine = delete(KnownDevice).where(KnownDevice.token_hash == token_hash, KnownDevice.user_id == user_id)
        self.session.execute(mine)
