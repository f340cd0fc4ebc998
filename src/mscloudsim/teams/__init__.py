"""Teams administration: the configuration service behind the admin centre and the PowerShell module."""

from mscloudsim.teams.service import TeamsAdmin

__all__ = ["TeamsAdmin"]
