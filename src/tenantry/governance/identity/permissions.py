"""What the identity slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("identity:read", "See users, guests, privileged and stale accounts", PROJECT_MANAGER, USER, VIEWER)
