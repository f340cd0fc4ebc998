"""What the jobs slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("jobs:read", "See jobs and their progress", PROJECT_MANAGER, USER, VIEWER)
CANCEL = permission("jobs:cancel", "Cancel jobs", PROJECT_MANAGER)
