"""What the operations slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("operations:read", "See operations and their results", PROJECT_MANAGER, USER, VIEWER)
QUERY = permission("operations:query", "Run operations that only read", PROJECT_MANAGER, USER)
CHANGE = permission("operations:change", "Run operations that change a Microsoft tenant")
