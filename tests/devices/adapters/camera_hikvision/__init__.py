"""The adapter camera_hikvision."""
