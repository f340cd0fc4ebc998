"""Azure Lighthouse: which customers delegate subscriptions to a managing tenant, and the template that asks for it."""
