"""From a device in a box to one whose word counts: unknown devices confirmed, tests against the truth, replacement."""
