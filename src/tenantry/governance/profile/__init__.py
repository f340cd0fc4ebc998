"""One Microsoft tenant on one page: connection, permissions, data and its age, people at risk, jobs."""
