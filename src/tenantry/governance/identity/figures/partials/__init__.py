"""Parts of the identity dashboard, for other pages to fetch."""
