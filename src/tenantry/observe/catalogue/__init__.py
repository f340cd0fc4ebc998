"""Every dataset of identity and of Microsoft 365, one module per service. Azure's are declared by its own slices."""

from tenantry.observe.catalogue import (
    compliance,
    dns,
    exchange,
    fabric,
    identity,
    memberships,
    policies,
    privileges,
    sharepoint,
    teams,
)

__all__ = [
    "compliance",
    "dns",
    "exchange",
    "fabric",
    "identity",
    "memberships",
    "policies",
    "privileges",
    "sharepoint",
    "teams",
]
