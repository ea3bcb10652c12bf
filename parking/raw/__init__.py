"""What arrived at the doors, word for word: kept for a time, replayed on demand, read by the health of devices."""
