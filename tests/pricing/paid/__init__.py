"""Places that only payments tell of."""
