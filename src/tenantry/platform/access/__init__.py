"""Who may do what: the permission registry, roles, their assignments, and the actor every service receives."""

from tenantry.platform.access.actor import Actor, ActorKind
from tenantry.platform.access.registry import Permission, permission
from tenantry.platform.access.roles import PROJECT_MANAGER, TENANT_ADMIN, USER, VIEWER

__all__ = ["PROJECT_MANAGER", "TENANT_ADMIN", "USER", "VIEWER", "Actor", "ActorKind", "Permission", "permission"]
