"""Microsoft Graph, as far as identity governance needs it, with its limits, its paging and its moods."""

from mscloudsim.graph.service import Graph

__all__ = ["Graph"]
