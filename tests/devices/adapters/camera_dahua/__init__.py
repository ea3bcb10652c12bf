"""The adapter camera_dahua."""
