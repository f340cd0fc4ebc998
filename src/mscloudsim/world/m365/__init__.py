"""Settings of Exchange, Security & Compliance, Teams, SharePoint and Fabric, from neglected to exemplary."""

from mscloudsim.world.m365.settings import Settings, settings_of

__all__ = ["Settings", "settings_of"]
