"""Whole installations, started and stopped as a person does it."""
