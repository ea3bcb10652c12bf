"""The modules of the city."""
