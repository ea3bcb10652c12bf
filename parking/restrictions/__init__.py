"""What closes or limits spaces for a time, who asked for it, and from when to when: contract K1 of the city modules."""
