"""Tests of the validator of rate tables."""
