"""Exchange Online's administration: cmdlets over HTTP."""

from mscloudsim.exchange.service import Exchange

__all__ = ["Exchange"]
