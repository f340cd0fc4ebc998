"""Cost Management: queries, forecasts and budgets, with their narrow quotas and the many ways in which they refuse."""

from mscloudsim.arm.costs.budgets import budget, budgets
from mscloudsim.arm.costs.forecasts import forecast
from mscloudsim.arm.costs.queries import query

__all__ = ["budget", "budgets", "forecast", "query"]
