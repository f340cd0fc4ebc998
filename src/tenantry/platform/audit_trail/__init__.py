"""Reading the audit trail: pages, JSON, export. Recording and sealing it is `tenantry.platform.audit`."""
