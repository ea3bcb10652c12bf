"""PostgreSQL underneath every feature."""
