"""How full a place will be, and whether a space will be free on arrival: forecasts that must beat two-line baselines; pure."""
