"""What a subscription costs: generated from the seed for any day, when somebody asks.

Amounts are integers of millionths of the billing currency, so that sums are exact in any order; the wire shows them
with six decimals. Nothing is kept per day: a series is a few numbers, a day's amount a function of them.
"""
