"""The entrance: signing in, switching the tenant, signing out, for people and programs."""
