"""Tests of devices against the truth, and what follows from them."""
