"""The cast. Alice owns Northwind (tenant administrator), Bob is a viewer there, Charlie is of another tenant."""

from dataclasses import dataclass
from uuid import UUID

from tenantry.kit.db import PLATFORM_TENANT_ID
from tenantry.kit.secret import Secret
from tenantry.platform.access import TENANT_ADMIN, VIEWER, Actor, ActorKind
from tenantry.platform.access.registry import granted_by
from tenantry.platform.access.roles import DefaultRole
from tenantry.platform.provisioning.service import Provisioning
from tenantry.platform.work import Platform

PASSWORD = Secret("correct horse battery staple")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with an account and a role in one tenant."""

    name: str
    email: str
    user_id: UUID
    tenant_id: UUID
    role: DefaultRole

    @property
    def actor(self) -> Actor:
        return Actor(
            kind=ActorKind.USER,
            label=self.email,
            tenant_id=self.tenant_id,
            user_id=self.user_id,
            permissions=granted_by([self.role.name]),
        )


@dataclass(frozen=True, slots=True)
class Cast:
    alice: Person
    bob: Person
    charlie: Person
    root_email: str = "root@tenantry.example"


def assemble(platform: Platform) -> Cast:
    """Creates both tenants and all people in an empty database."""
    operator = Actor(kind=ActorKind.OPERATOR, label="setup", tenant_id=PLATFORM_TENANT_ID, permissions=None)
    provisioning = Provisioning(platform.databases, platform.clock, operator)
    provisioning.create_user("root@tenantry.example", "Root", PASSWORD, super_admin=True)
    northwind = provisioning.create_tenant("northwind", "Northwind MSP")
    fabrikam = provisioning.create_tenant("fabrikam", "Fabrikam MSP")

    def person(name: str, tenant_id: UUID, role: DefaultRole) -> Person:
        user = provisioning.create_user(f"{name.lower()}@tenantry.example", name, PASSWORD)
        provisioning.add_member(tenant_id, user.id, role)
        return Person(name, user.email, user.id, tenant_id, role)

    return Cast(
        alice=person("Alice", northwind.id, TENANT_ADMIN),
        bob=person("Bob", northwind.id, VIEWER),
        charlie=person("Charlie", fabrikam.id, TENANT_ADMIN),
    )
