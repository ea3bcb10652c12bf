"""Money: rate tables and fees; quotes, the ledger, forecasts and the optimizer join them with later capabilities."""
