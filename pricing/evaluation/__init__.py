"""Price policies tried in a world that does not share their assumptions, before a person sees what they propose."""
