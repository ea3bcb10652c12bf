"""Tests of what the processes tell about themselves."""
