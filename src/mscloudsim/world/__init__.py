"""The simulated world: which Microsoft tenants exist and what is in them, computed from a seed."""
