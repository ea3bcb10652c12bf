"""Proposals of new tariffs: measured, written down, decided by two persons, published within the price document."""
