"""Forecasts as a city serves them."""
