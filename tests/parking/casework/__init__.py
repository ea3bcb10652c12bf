"""Tests of cases: opened once, worked on, decided with effect."""
