"""Creating tenants with their default roles, and people with their memberships."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.clock import Clock
from tenantry.kit.db import Databases, GlobalSession
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.secret import Secret
from tenantry.platform.access import Actor
from tenantry.platform.access.models import Role, RoleAssignment
from tenantry.platform.access.roles import DEFAULT_ROLES, DefaultRole
from tenantry.platform.audit.capture import attach_audit
from tenantry.platform.audit.service import Audit
from tenantry.platform.identity.models import Membership, User
from tenantry.platform.identity.passwords import hash_password
from tenantry.platform.identity.service import email_key
from tenantry.platform.tenancy.models import Tenant

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")


class TenantExists(Conflict):
    """There is already a tenant with the slug {slug}."""


class UserExists(Conflict):
    """There is already an account for {email}."""


@dataclass(slots=True)
class Provisioning:
    """Creates tenants and users. For operators and super admins, whose sessions reach global tables."""

    databases: Databases
    clock: Clock
    actor: Actor

    def create_tenant(self, slug: str, name: str) -> Tenant:
        """Raises InvalidInput for a slug that is no DNS label, TenantExists for one that is taken."""
        if not _SLUG.fullmatch(slug):
            raise InvalidInput(why="a slug has 1 to 63 lower-case letters, digits and hyphens, not at its ends")
        with self.databases.identity() as session:
            self._audited(session)
            if session.scalars(select(Tenant).where(Tenant.slug == slug)).first() is not None:
                raise TenantExists(slug=slug)
            tenant = Tenant(slug=slug, name=name.strip(), created_at=self.clock.now())
            session.add(tenant)
        self._create_default_roles(tenant.id)
        return tenant

    def create_user(self, email: str, display_name: str, password: Secret, *, super_admin: bool = False) -> User:
        """Raises InvalidInput for an impossible address or password length, UserExists for a known address."""
        if not _EMAIL.fullmatch(email.strip()):
            raise InvalidInput(why="this is not an email address")
        hashed, now = hash_password(password), self.clock.now()
        with self.databases.identity() as session:
            self._audited(session)
            if session.scalars(select(User).where(User.email_key == email_key(email))).first() is not None:
                raise UserExists(email=email.strip())
            user = User(
                email=email.strip(),
                email_key=email_key(email),
                display_name=display_name.strip() or email.strip(),
                password_hash=hashed,
                password_changed_at=now,
                is_super_admin=super_admin,
                is_active=True,
                created_at=now,
            )
            session.add(user)
        return user

    def add_member(self, tenant_id: UUID, user_id: UUID, role: DefaultRole) -> None:
        """Makes a user a member of a tenant with one default role."""
        with self.databases.tenant(tenant_id) as session:
            attach_audit(session, Audit(session, self.actor, self.clock))
            found = session.scalars(select(Role).where(Role.name == role.name)).one()
            session.add(Membership(user_id=user_id, created_at=self.clock.now()))
            session.add(RoleAssignment(user_id=user_id, role_id=found.id))

    def _create_default_roles(self, tenant_id: UUID) -> None:
        with self.databases.tenant(tenant_id) as session:
            attach_audit(session, Audit(session, self.actor, self.clock))
            for role in DEFAULT_ROLES:
                session.add(Role(name=role.name, label=role.label, description=role.description, is_default=True))

    def _audited(self, session: GlobalSession) -> None:
        attach_audit(session, Audit(session, self.actor, self.clock))


def tenant_by_slug(session: GlobalSession, slug: str) -> Tenant | None:
    return session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()
