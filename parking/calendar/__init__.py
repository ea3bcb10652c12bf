"""Working days, rest days and holidays as the authorities of a country announce them, for notices and for tariffs."""
