"""The actor: who acts, in which tenant, with which permissions. A typed parameter everywhere, never ambient."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from tenantry.kit.errors import Forbidden, NotFound
from tenantry.kit.ids import new_id
from tenantry.platform.access.registry import Permission


class ActorKind(StrEnum):
    USER = "user"
    JOB = "job"
    OPERATOR = "operator"
    """A person at the server's own command line."""
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `permissions` None means all (super admin, operator, job); `scope` None means all Microsoft tenants."""

    kind: ActorKind
    label: str
    tenant_id: UUID
    user_id: UUID | None = None
    impersonator_id: UUID | None = None
    permissions: frozenset[str] | None = frozenset()
    scope: frozenset[UUID] | None = None
    request_id: str = field(default_factory=lambda: str(new_id()))
    ip: str | None = None
    user_agent: str | None = None

    def may(self, permission: Permission, *, on: UUID | None = None) -> bool:
        """Whether the actor holds the permission, and, with `on`, on that Microsoft tenant."""
        held = self.permissions is None or permission.name in self.permissions
        return held and (on is None or self.reaches(on))

    def reaches(self, microsoft_tenant_id: UUID) -> bool:
        """Whether the Microsoft tenant is inside the actor's scope."""
        return self.scope is None or microsoft_tenant_id in self.scope

    def require(self, permission: Permission, *, on: UUID | None = None) -> None:
        """Raises Forbidden without the permission, and NotFound for a Microsoft tenant outside the actor's scope."""
        if not self.may(permission):
            raise Forbidden(permission=permission.name)
        if not self.may(permission, on=on):
            raise NotFound(what="Microsoft tenant")
