"""Rules: which reading of which metric is an alert, and who is told of it when."""
