"""Tests of the paths of payment machines."""
