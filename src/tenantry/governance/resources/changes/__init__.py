"""Who changed which resource, when, from what to what."""
