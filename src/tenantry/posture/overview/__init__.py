"""Where posture stands: one Microsoft tenant, many, over time, side by side."""
