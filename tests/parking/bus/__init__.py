"""The event bus: one contract for every implementation, and what only the durable one must survive."""
