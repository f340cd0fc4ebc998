"""What the audit slice lets people do."""

from tenantry.platform.access import permission

READ = permission("audit:read", "See and export the audit trail")
