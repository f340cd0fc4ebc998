"""The fleet at a glance: one summary row per Microsoft tenant, so that a page costs the same at 10 and at 10,000."""
