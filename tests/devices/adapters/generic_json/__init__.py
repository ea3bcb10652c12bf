"""The adapter generic_json."""
