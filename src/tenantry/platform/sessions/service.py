"""Opening, finding and ending web sessions."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from tenantry.kit.clock import Clock
from tenantry.kit.crypto import hash_token
from tenantry.kit.db import GlobalSession
from tenantry.kit.ids import new_id
from tenantry.kit.secret import Secret
from tenantry.platform.identity.models import User
from tenantry.platform.sessions.models import WebSession

_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lives without use, and at most."""

    idle: timedelta
    absolute: timedelta


@dataclass(slots=True)
class Sessions:
    """Web sessions, over the global tables."""

    session: GlobalSession
    clock: Clock
    limits: SessionLimits

    def start(self, user: User, tenant_id: UUID, method: str, *, ip: str | None, user_agent: str | None) -> Secret:
        """Opens a session and returns its token, which is stored nowhere."""
        token, now = secrets.token_urlsafe(32), self.clock.now()
        self.session.add(
            WebSession(
                id=new_id(),
                token_hash=hash_token(token),
                user_id=user.id,
                tenant_id=tenant_id,
                method=method,
                created_at=now,
                authenticated_at=now,
                last_seen_at=now,
                expires_at=now + self.limits.absolute,
                password_changed_at=user.password_changed_at,
                ip=ip,
                user_agent=(user_agent or "")[:300] or None,
            )
        )
        return Secret(token)

    def move(self, session_id: UUID, tenant_id: UUID) -> Secret:
        """Takes a session to another tenant. Returns its new token; the old one is worth nothing from now on."""
        token = secrets.token_urlsafe(32)
        values = {"tenant_id": tenant_id, "token_hash": hash_token(token), "last_seen_at": self.clock.now()}
        self.session.execute(update(WebSession).where(WebSession.id == session_id).values(values))
        return Secret(token)

    def find(self, token: str) -> tuple[WebSession, User] | None:
        """The live session of a token. One whose user was stopped or changed the password is not live."""
        query = (
            select(WebSession, User)
            .join(User, User.id == WebSession.user_id)
            .where(WebSession.token_hash == hash_token(token), User.is_active)
        )
        row = self.session.execute(query).one_or_none()
        if row is None or not self._is_live(row[0], row[1]):
            return None
        return row[0], row[1]

    def is_due(self, found: WebSession) -> bool:
        """Whether `last_seen_at` is old enough to be written again; not at every request."""
        return self.clock.now() - found.last_seen_at > _TOUCH_EVERY

    def touch(self, session_id: UUID) -> None:
        self.session.execute(
            update(WebSession).where(WebSession.id == session_id).values(last_seen_at=self.clock.now())
        )

    def end(self, session_id: UUID) -> None:
        self.session.execute(delete(WebSession).where(WebSession.id == session_id))

    def end_token(self, token: str) -> None:
        """Ends the session of a token, live or not."""
        self.session.execute(delete(WebSession).where(WebSession.token_hash == hash_token(token)))

    def end_expired(self) -> None:
        now = self.clock.now()
        idle = WebSession.last_seen_at < now - self.limits.idle
        self.session.execute(delete(WebSession).where(or_(WebSession.expires_at < now, idle)))

    def _is_live(self, found: WebSession, user: User) -> bool:
        now: datetime = self.clock.now()
        in_time = now < found.expires_at and now - found.last_seen_at < self.limits.idle
        return in_time and found.password_changed_at == user.password_changed_at
