"""Fabric's administration: the tenant settings."""

from mscloudsim.fabric.service import Fabric

__all__ = ["Fabric"]
