"""What the compliance slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("compliance:read", "See how Azure complies, and Microsoft's advice", PROJECT_MANAGER, USER, VIEWER)
