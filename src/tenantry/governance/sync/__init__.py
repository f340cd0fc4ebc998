"""Syncing: what is fetched together under one name, now or every few hours."""
