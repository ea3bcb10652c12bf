"""Tests of quotes and issued fees, on a real PostgreSQL."""
