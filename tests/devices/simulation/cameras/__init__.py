"""Tests of simulated cameras."""
