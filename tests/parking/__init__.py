"""Space and time."""
