"""SharePoint administration: the tenant object over REST and over CSOM."""

from mscloudsim.sharepoint.service import SharePoint

__all__ = ["SharePoint"]
