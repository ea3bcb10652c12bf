"""The adapter generic_fields."""
