"""Setting up tenants and the people in them."""
