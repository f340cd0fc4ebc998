"""What is known of the estate, by subject: identity, resources; later costs and compliance."""
