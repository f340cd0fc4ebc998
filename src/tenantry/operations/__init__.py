"""Acting on Microsoft tenants: plan, apply, verify by reading back. Each operation registers itself."""
