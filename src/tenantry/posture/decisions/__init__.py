"""What people decide: parameters, dispositions of findings, attestations."""
