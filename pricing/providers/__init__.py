"""Ways of paying that somebody else collects: orders, notices, refunds and statements of payment providers."""
