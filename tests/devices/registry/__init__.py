"""Finding and checking adapters."""
