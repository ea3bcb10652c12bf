"""The published language: schemas that only grow, and its catalogue."""
