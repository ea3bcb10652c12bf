"""Stays: from the evidence that a car stands on a space to the interval that can be charged, and whose it is."""
