"""Who is privileged, and how: Entra roles, Azure roles, application permissions."""
