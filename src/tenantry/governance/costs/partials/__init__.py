"""Fragments of the costs that other pages, and htmx of other makers, fetch by themselves."""
