"""The adapter geomagnetic_libelium."""
