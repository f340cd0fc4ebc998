"""Scans as files: one report, read from the database once, and a pure function per format that sets it."""
