"""People: user accounts, their memberships in tenants, passwords, and the brakes on guessing them."""
