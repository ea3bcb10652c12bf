"""Fusion against hidden truth."""
