"""The adapter camera_ga1400."""
