"""The Azure side of the simulated world: subscriptions, resources, roles, delegations and what happened to them."""
