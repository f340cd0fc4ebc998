"""The subset of the Kusto query language that Azure Resource Graph users write, interpreted over rows made on demand.

Reference: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language
"""
