"""Platform tenants: an MSP or an enterprise, the unit everything else belongs to."""
