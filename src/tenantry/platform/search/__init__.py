"""Going to a thing by the beginning of its name: each slice says how its own are found."""

from tenantry.platform.search.registry import Found, find, finder

__all__ = ["Found", "find", "finder"]
