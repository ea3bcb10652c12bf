"""Tests of the occupancy engine, its live store and its history."""
