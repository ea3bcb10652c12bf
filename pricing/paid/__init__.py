"""Places that only payments tell of: hours that were paid for, counts by persons, and what occupancy follows from the two."""
