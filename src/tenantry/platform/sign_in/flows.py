"""Signing in and out: the password, the tenant, the session, and their audit events."""

from dataclasses import dataclass, replace
from uuid import UUID

from tenantry.kit.clock import Clock
from tenantry.kit.db import Databases, GlobalSession
from tenantry.kit.errors import Forbidden
from tenantry.kit.logging import add_log_facts
from tenantry.kit.secret import Secret
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.audit.models import Outcome
from tenantry.platform.audit.service import record_now
from tenantry.platform.identity.devices import Devices
from tenantry.platform.identity.models import User
from tenantry.platform.identity.service import Attempt, SignIn, SignInFailed, readable, tenants_of
from tenantry.platform.sessions.service import SessionLimits, Sessions
from tenantry.platform.tenancy.models import Tenant


class NoTenant(Forbidden):
    """Your account belongs to no active organisation{which}. Ask an administrator to invite you."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: its token exists only here."""

    token: Secret
    user: User
    tenant: Tenant


@dataclass(slots=True)
class Entrance:
    """Opens and closes sessions."""

    databases: Databases
    clock: Clock
    limits: SessionLimits

    def sign_in(self, attempt: Attempt, visitor: Actor, tenant_slug: str | None = None) -> SignedIn:
        """Raises SignInFailed, or NoTenant for a user without an active tenant. Both are audited."""
        try:
            user = SignIn(self.databases, self.clock).authenticate(attempt)
        except SignInFailed:
            self._record("session.sign_in_failed", visitor, outcome=Outcome.FAILED, email=readable(attempt.email)[:254])
            raise
        return self._enter(user, visitor, tenant_slug, "password")

    def switch(self, session_id: UUID, user: User, actor: Actor, slug: str) -> SignedIn:
        """Moves a session to another organisation of its user, under a new token and for no longer than before.

        Raises NoTenant. The organisation that is entered has it in its audit trail.
        """
        with self.databases.identity(user.id) as session:
            tenant = self._tenant(session, user, slug)
            token = Sessions(session, self.clock, self.limits).move(session_id, tenant.id)
        self._record("session.switched", replace(actor, tenant_id=tenant.id))
        return SignedIn(token, user, tenant)

    def know(self, signed_in: SignedIn, device: Secret | None, replaced_session: str | None) -> Secret:
        """Remembers the browser and ends the session it had before. Returns what it is known by from now on."""
        with self.databases.identity() as session:
            if replaced_session is not None:
                Sessions(session, self.clock, self.limits).end_token(replaced_session)
            return Devices(session, self.clock).remember(device, signed_in.user.id)

    def _enter(self, user: User, visitor: Actor, slug: str | None, method: str) -> SignedIn:
        with self.databases.identity(user.id) as session:
            tenant = self._tenant(session, user, slug)
            token = Sessions(session, self.clock, self.limits).start(
                user, tenant.id, method, ip=visitor.ip, user_agent=visitor.user_agent
            )
        add_log_facts(tenant_id=tenant.id, user_id=user.id)
        self._record("session.signed_in", _as(visitor, user, tenant))
        return SignedIn(token, user, tenant)

    def _tenant(self, session: GlobalSession, user: User, slug: str | None) -> Tenant:
        tenants = [tenant for tenant in tenants_of(session, user) if slug is None or tenant.slug == slug]
        if not tenants:
            raise NoTenant(permission="membership", which=f" called {slug}" if slug else "")
        # A super admin may enter every tenant, but lands in a customer's one rather than in the platform's own.
        return next((item for item in tenants if item.slug != "platform"), tenants[0])

    def _record(self, action: str, actor: Actor, outcome: Outcome = Outcome.SUCCEEDED, **details: object) -> None:
        record_now(self.databases, actor, self.clock, action, outcome=outcome, **details)


def _as(visitor: Actor, user: User, tenant: Tenant) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        label=user.email,
        tenant_id=tenant.id,
        user_id=user.id,
        request_id=visitor.request_id,
        ip=visitor.ip,
        user_agent=visitor.user_agent,
    )
