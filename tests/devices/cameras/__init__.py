"""Tests of cameras: what their sightings become, how they are pulled, what becomes of pictures and plates."""
