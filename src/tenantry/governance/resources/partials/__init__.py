"""The list of resources by itself, for a page that has the rest already."""
