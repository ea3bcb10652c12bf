"""Payment terminals: who they are, their keys, signed requests, and what they say of themselves."""
