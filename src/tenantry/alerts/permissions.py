"""What the alerts slice lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("alerts:read", "See alerts and their rules", PROJECT_MANAGER, USER, VIEWER)
ACT = permission("alerts:act", "Acknowledge, snooze and resolve alerts", PROJECT_MANAGER, USER)
MANAGE = permission("alerts:manage", "Add, change and switch off the rules of alerts", PROJECT_MANAGER)
