"""What Azure costs: the ledger of amounts per day, what it adds up to, and which days are out of line."""
