"""Ratios against peers and published limits, each measured side by side in one run."""
