"""Microsoft tenants in the words of document 003: a second door to the estate, not a second estate."""
