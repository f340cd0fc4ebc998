"""What the health slice lets people do."""

from tenantry.platform.access import permission

READ = permission("health:read", "See how the installation is, and how Microsoft answers for each Microsoft tenant")
