"""mscloudsim: a local Microsoft cloud that speaks the real protocols. Imports nothing of tenantry."""
