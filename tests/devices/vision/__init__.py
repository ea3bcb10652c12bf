"""The room that looks through plain cameras."""
