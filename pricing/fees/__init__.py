"""Fees: what a stay owes and why, computed from a rate table alone."""
