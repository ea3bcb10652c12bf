"""Payment providers: signatures, orders, notices, refunds and statements."""
