"""Names: what the tenants publish about their mail, answered over real DNS."""

from mscloudsim.dns.server import serve_names

__all__ = ["serve_names"]
