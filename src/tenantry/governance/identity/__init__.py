"""People and their power: users, guests, privileged and stale accounts, how they sign in, which apps can."""
