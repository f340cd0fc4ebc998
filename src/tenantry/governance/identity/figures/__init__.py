"""The numbers of identity: per Microsoft tenant, over the fleet, and day by day."""
