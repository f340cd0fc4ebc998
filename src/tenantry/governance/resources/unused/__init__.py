"""What nothing uses, and what runs for nobody: since when, and for how much."""
