"""CIS posture: controls judge evidence, scans keep the verdicts, people decide about them."""
