"""What the resources slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("resources:read", "See subscriptions, resources and orphans", PROJECT_MANAGER, USER, VIEWER)
GOVERN = permission("resources:govern", "Decide which tags resources need, and share saved views", PROJECT_MANAGER)
