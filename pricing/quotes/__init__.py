"""Quotes and fees: what a stay would cost, costs now, and has cost once and for all."""
