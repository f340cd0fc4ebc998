"""Scans that come again."""
