"""Tests of the map page, most of them in a real browser."""
