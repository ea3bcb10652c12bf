"""Tests of measured demand."""
