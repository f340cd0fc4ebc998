"""The audit trail: captured at flush, append-only, sealed by an HMAC chain that a customer can verify."""
