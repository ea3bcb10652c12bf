"""The retrofit of spaces: its plan, its progress and what is told of it."""
