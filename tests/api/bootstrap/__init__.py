"""Tests of how the processes are put together."""
