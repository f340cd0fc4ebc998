"""What any multi-tenant product needs: tenants, people, sign-in, permissions, audit, jobs, doors."""
