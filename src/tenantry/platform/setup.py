"""The first run: schema, master key, first tenant, super admin."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.clock import Clock
from tenantry.kit.db import PLATFORM_TENANT_ID, Databases
from tenantry.kit.errors import Conflict
from tenantry.kit.secret import Secret
from tenantry.platform.access import TENANT_ADMIN, Actor, ActorKind
from tenantry.platform.identity.models import User
from tenantry.platform.identity.passwords import generate_password
from tenantry.platform.provisioning.service import Provisioning
from tenantry.platform.tenancy.models import Tenant


class AlreadySetUp(Conflict):
    """This installation has a super admin already; sign in as that person to add others."""


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What the first run made. The generated password exists only here."""

    tenant: Tenant
    admin: User
    password: Secret


def set_up(
    databases: Databases, clock: Clock, *, email: str, slug: str, name: str, password: Secret | None = None
) -> FirstRun:
    """Creates the first tenant and its super admin. Raises AlreadySetUp, and InvalidInput for impossible values."""
    with databases.identity(read_only=True) as session:
        if session.scalars(select(User.id).where(User.is_super_admin).limit(1)).first() is not None:
            raise AlreadySetUp(why="")
    provisioning = Provisioning(databases, clock, operator(PLATFORM_TENANT_ID))
    chosen = password or generate_password()
    tenant = provisioning.create_tenant(slug, name)
    admin = provisioning.create_user(email, email.partition("@")[0], chosen, super_admin=True)
    provisioning.add_member(tenant.id, admin.id, TENANT_ADMIN)
    return FirstRun(tenant, admin, chosen)


def operator(tenant_id: UUID) -> Actor:
    """The person at the server's own command line: may do everything, and is audited as such."""
    return Actor(kind=ActorKind.OPERATOR, label="operator", tenant_id=tenant_id, permissions=None)
