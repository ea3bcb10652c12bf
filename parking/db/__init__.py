"""PostgreSQL: the engine, the naming convention of the schema, and the one place where a transaction ends."""
