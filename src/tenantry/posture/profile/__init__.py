"""One Microsoft tenant: where it stands, how it got there, and how it is judged."""
