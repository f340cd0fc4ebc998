"""Azure Resource Graph: one endpoint, many tables, a query language and a quota."""
