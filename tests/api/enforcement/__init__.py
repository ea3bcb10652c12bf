"""Tests of what inspectors learn."""
