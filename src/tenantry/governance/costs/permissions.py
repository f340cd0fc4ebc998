"""What the costs slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("costs:read", "See what Azure costs", PROJECT_MANAGER, USER, VIEWER)
EXPLAIN = permission("costs:explain", "Say why something cost more or less than expected", PROJECT_MANAGER, USER)
