"""What stating rates takes."""

from tenantry.platform.access import permission

STATE = permission("costs:rates", "State what currencies are worth")
