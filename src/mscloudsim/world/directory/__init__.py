"""The directory side of the simulated world: people, groups, roles, applications, policies, and their history."""

from mscloudsim.world.directory.directory import Directory, directory_of

__all__ = ["Directory", "directory_of"]
