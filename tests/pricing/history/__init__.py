"""Cleaning of recorded history."""
