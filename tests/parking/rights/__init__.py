"""Tests of permits, reservations, shared hours and exclusions."""
