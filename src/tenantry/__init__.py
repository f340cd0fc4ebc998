"""Tenantry: one control plane for many Microsoft 365 and Azure tenants."""
