"""The default roles every tenant has. Their grants are declared with each permission, not stored."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DefaultRole:
    """A role that exists in every tenant and cannot be edited."""

    name: str
    label: str
    description: str


TENANT_ADMIN = DefaultRole("tenant_admin", "Tenant administrator", "Holds every permission in the tenant.")
PROJECT_MANAGER = DefaultRole("project_manager", "Project manager", "Runs projects and documents and sees people.")
USER = DefaultRole("user", "User", "Works with projects and documents and sees the estate.")
VIEWER = DefaultRole("viewer", "Viewer", "Reads everything that is not sensitive.")

DEFAULT_ROLES = (TENANT_ADMIN, PROJECT_MANAGER, USER, VIEWER)
