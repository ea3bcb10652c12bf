"""Tests of proposals: review, the decision of two persons, publication."""
