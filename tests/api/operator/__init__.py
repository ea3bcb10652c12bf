"""Tests of the operators' paths."""
