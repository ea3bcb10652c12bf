"""The adapter camera_plain."""
