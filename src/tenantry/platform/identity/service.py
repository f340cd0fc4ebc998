"""Signing in with a password, without telling which accounts exist and without letting anyone lock them."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.clock import Clock
from tenantry.kit.crypto import hash_token
from tenantry.kit.db import PLATFORM_TENANT_ID, Databases, GlobalSession
from tenantry.kit.errors import AppError
from tenantry.kit.secret import Secret
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.audit.capture import attach_audit
from tenantry.platform.audit.service import Audit
from tenantry.platform.identity.brakes import Brakes, account_key, address_key
from tenantry.platform.identity.devices import Devices
from tenantry.platform.identity.models import Membership, User
from tenantry.platform.identity.passwords import verify_password
from tenantry.platform.tenancy.models import Tenant, TenantStatus

_STRANGERS: Final = 5
"""Wrong passwords an account forgives browsers that never signed in to it, all of them together."""
_DEVICE: Final = 10
"""And one that did. After these it is a stranger; its owner is never paused by what others do."""
_ADDRESS: Final = 50
"""An address may serve a whole office, so it is allowed more than one account is."""

_SIGN_IN: Final = Actor(kind=ActorKind.SYSTEM, label="sign-in", tenant_id=PLATFORM_TENANT_ID)


class SignInFailed(AppError):
    """The email address or the password is wrong, or sign-in is paused after too many attempts. Try again later."""

    status = HTTPStatus.UNAUTHORIZED


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in as it arrives. `device` is what the browser shows to be known by."""

    email: str
    password: Secret
    ip: str | None
    device: Secret | None = None


@dataclass(slots=True)
class SignIn:
    """Password sign-in: counted first, then checked, then taken back when it was right."""

    databases: Databases
    clock: Clock

    def authenticate(self, attempt: Attempt) -> User:
        """Returns the user. Raises SignInFailed: one answer, and one duration, for unknown, wrong and paused."""
        with self.databases.identity(read_only=True) as session:
            user = session.scalars(select(User).where(User.email_key == email_key(attempt.email))).one_or_none()
            device = attempt.device if user and Devices(session, self.clock).knows(attempt.device, user.id) else None
        limits = _limits(attempt, device)
        brakes = Brakes(self.databases, self.clock)
        admitted = brakes.admit(limits)
        valid, renewed = verify_password(attempt.password, user.password_hash if user else None)
        if user is None or not (valid and admitted and user.is_active):
            if user and device and not admitted:
                self._forget(device, user.id)
            raise SignInFailed
        shared = {key for key in limits if key.startswith("ip:")}
        brakes.release(limits.keys() - shared, shared)
        self._welcome(user.id, renewed)
        return user

    def _forget(self, device: Secret, user_id: UUID) -> None:
        with self.databases.identity() as session:
            Devices(session, self.clock).forget(device, user_id)

    def _welcome(self, user_id: UUID, renewed_hash: str | None) -> None:
        with self.databases.identity() as session:
            attach_audit(session, Audit(session, _SIGN_IN, self.clock))
            user = session.get_one(User, user_id)
            user.last_sign_in_at = self.clock.now()
            if renewed_hash:
                user.password_hash = renewed_hash


def _limits(attempt: Attempt, device: Secret | None) -> dict[str, int]:
    """The counters an attempt moves, with what each allows. A known device has its own, and only that."""
    if device is not None:
        account = account_key(email_key(attempt.email)).partition(":")[2]
        return {f"device:{hash_token(device.reveal() + account).hex()}": _DEVICE}
    limits = {account_key(email_key(attempt.email)): _STRANGERS}
    return limits | ({address_key(attempt.ip): _ADDRESS} if attempt.ip else {})


def readable(text: str) -> str:
    """What databases and JSON can hold: no NUL, no half characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def email_key(email: str) -> str:
    """The form addresses are compared in."""
    return readable(email).strip().casefold()


def tenants_of(session: GlobalSession, user: User, *, at_most: int | None = None) -> Sequence[Tenant]:
    """The active tenants a user may enter: all of them for a super admin, otherwise those with a membership."""
    active = select(Tenant).where(Tenant.status == TenantStatus.ACTIVE).order_by(Tenant.name, Tenant.id).limit(at_most)
    if not user.is_super_admin:
        active = active.join(Membership, Membership.tenant_id == Tenant.id).where(Membership.user_id == user.id)
    return session.scalars(active).all()
