"""Security & Compliance: the same cmdlets over HTTP, in the region a tenant lives in."""

from mscloudsim.compliance.service import Compliance

__all__ = ["Compliance"]
