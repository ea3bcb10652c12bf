"""Restrictions: rules, use cases on a real database, and the engine that follows them."""
