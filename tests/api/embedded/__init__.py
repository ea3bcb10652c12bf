"""The embedded servers, started and killed."""
