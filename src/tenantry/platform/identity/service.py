"""Signing in with a password, without telling which accounts exist and without letting anyone lock them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.clock import Clock
from tenantry.kit.db import PLATFORM_TENANT_ID, Databases, GlobalSession
from tenantry.kit.errors import AppError
from tenantry.kit.secret import Secret
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.audit.capture import attach_audit
from tenantry.platform.audit.service import Audit
from tenantry.platform.identity.models import Membership, SignInBrake, User
from tenantry.platform.identity.passwords import verify_password
from tenantry.platform.tenancy.models import Tenant, TenantStatus

_FREE_FAILURES: Final = 5
_BLOCK: Final = timedelta(minutes=30)
_ADDRESS_FREE_FAILURES: Final = 50
"""An address may serve a whole office, so it is allowed more than one account is."""

_SIGN_IN: Final = Actor(kind=ActorKind.SYSTEM, label="sign-in", tenant_id=PLATFORM_TENANT_ID)


class SignInFailed(AppError):
    """The email address or the password is wrong, or sign-in is paused after too many attempts. Try again later."""

    status = HTTPStatus.UNAUTHORIZED


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in as it arrives. `known_device` names a browser that has signed in to this account before."""

    email: str
    password: Secret
    ip: str | None
    known_device: str | None = None


@dataclass(slots=True)
class SignIn:
    """Password sign-in. Counters are kept in transactions of their own, so a refused request does not undo them."""

    databases: Databases
    clock: Clock

    def authenticate(self, attempt: Attempt) -> User:
        """Returns the user. Raises SignInFailed: one answer, and one duration, for unknown, wrong and paused."""
        brakes = self._brakes(attempt)
        with self.databases.identity(read_only=True) as session:
            user = session.scalars(select(User).where(User.email_key == email_key(attempt.email))).one_or_none()
            blocked = self._is_blocked(session, list(brakes))
        valid, renewed = verify_password(attempt.password, user.password_hash if user else None)
        if user is None or not valid or blocked or not user.is_active:
            self._count_failure(brakes)
            raise SignInFailed
        self._release(user.id, list(brakes), renewed)
        return user

    def _brakes(self, attempt: Attempt) -> dict[str, int]:
        """The counters an attempt moves, with the failures each forgives. A known device has its own counter."""
        account = f"device:{attempt.known_device}" if attempt.known_device else f"account:{email_key(attempt.email)}"
        brakes = {account[:120]: _FREE_FAILURES}
        if attempt.ip:
            brakes[f"ip:{attempt.ip}"] = _ADDRESS_FREE_FAILURES
        return brakes

    def _is_blocked(self, session: GlobalSession, keys: list[str]) -> bool:
        now = self.clock.now()
        blocked = select(SignInBrake.key).where(SignInBrake.key.in_(keys), SignInBrake.blocked_until > now)
        return session.scalars(blocked).first() is not None

    def _count_failure(self, brakes: dict[str, int]) -> None:
        now = self.clock.now()
        with self.databases.identity() as session:
            for key, free in brakes.items():
                brake = session.get(SignInBrake, key) or SignInBrake(key=key, failures=0, last_failure_at=now)
                stale = now - brake.last_failure_at > _BLOCK
                brake.failures = 1 if stale else brake.failures + 1
                brake.last_failure_at = now
                brake.blocked_until = now + _BLOCK if brake.failures >= free else None
                session.add(brake)

    def _release(self, user_id: UUID, keys: list[str], renewed_hash: str | None) -> None:
        with self.databases.identity() as session:
            attach_audit(session, Audit(session, _SIGN_IN, self.clock))
            for brake in session.scalars(select(SignInBrake).where(SignInBrake.key.in_(keys))).all():
                session.delete(brake)
            user = session.get_one(User, user_id)
            user.last_sign_in_at = self.clock.now()
            if renewed_hash:
                user.password_hash = renewed_hash


def email_key(email: str) -> str:
    """The form addresses are compared in."""
    return email.strip().casefold()


def tenants_of(session: GlobalSession, user: User) -> Sequence[Tenant]:
    """The active tenants a user may enter: all of them for a super admin, otherwise those with a membership."""
    active = select(Tenant).where(Tenant.status == TenantStatus.ACTIVE).order_by(Tenant.name, Tenant.id)
    if not user.is_super_admin:
        active = active.join(Membership, Membership.tenant_id == Tenant.id).where(Membership.user_id == user.id)
    return session.scalars(active).all()
