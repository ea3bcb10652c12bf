"""Recorded history as prices and forecasts are made from it: read once, cleaned by rules, every repair told."""
