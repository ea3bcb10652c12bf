"""The adapter camera_axis."""
