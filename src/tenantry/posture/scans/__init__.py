"""Scans: evidence is collected, controls are judged, verdicts are kept."""
