"""Tests of how processes are put together."""
