"""Tests of what citizens may ask."""
