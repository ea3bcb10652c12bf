"""Axis: the plates of its License Plate Verifier as its publisher application sends them."""
