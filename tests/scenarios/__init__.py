"""Whole paths through real processes, as a city would use them."""
