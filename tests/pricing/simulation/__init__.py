"""Tests of drafts simulated on recorded stays."""
