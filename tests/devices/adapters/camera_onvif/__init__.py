"""The adapter camera_onvif."""
