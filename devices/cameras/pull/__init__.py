"""Fetches from cameras that do not push: one loop a camera, none of which holds up another."""
