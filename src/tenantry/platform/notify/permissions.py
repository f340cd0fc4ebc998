"""What the notify slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("notifications:read", "See notification channels and what was sent", PROJECT_MANAGER, USER, VIEWER)
MANAGE = permission("notifications:manage", "Say who is told what, by mail, Teams or webhook")
