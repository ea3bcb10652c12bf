"""Occupancy: evidence in, one belief per space out, counted, kept live and written to history."""
