"""Tests of the attendants' paths."""
