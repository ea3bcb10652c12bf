"""What is owed, paid and given back: bills, payments, refunds and the double-entry journal behind them."""
