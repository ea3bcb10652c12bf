"""Tests of the plate vault."""
