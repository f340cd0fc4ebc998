"""What the estate slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("microsoft-tenants:read", "See Microsoft tenants and their state", PROJECT_MANAGER, USER, VIEWER)
MANAGE = permission("microsoft-tenants:manage", "Onboard, test, pause and change Microsoft tenants")
OFFBOARD = permission("microsoft-tenants:offboard", "Offboard Microsoft tenants and delete their data")
