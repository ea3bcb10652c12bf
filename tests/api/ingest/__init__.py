"""Tests of the device paths."""
