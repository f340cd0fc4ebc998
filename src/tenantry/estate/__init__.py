"""Microsoft tenants: their credentials, onboarding, permissions, connection tests and offboarding."""
