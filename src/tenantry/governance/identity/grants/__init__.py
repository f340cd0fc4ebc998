"""The doors to privileges: list, export, API."""
