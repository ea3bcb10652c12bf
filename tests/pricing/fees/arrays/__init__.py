"""Tests of the fees over columns."""
