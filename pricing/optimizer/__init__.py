"""The next tariffs: the occupancy-band rule, and the limits that every proposal obeys."""
