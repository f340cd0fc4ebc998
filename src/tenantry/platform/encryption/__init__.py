"""Envelope encryption: per-tenant data keys, wrapped by a master key that is never in the database."""
