"""Collect once, evaluate many: datasets, collections, and the store that keeps every observed state."""
