"""What the licensing part lets people do."""

from tenantry.platform.access import PROJECT_MANAGER, permission

PRICE = permission("licence:price", "State what licences cost", PROJECT_MANAGER)
