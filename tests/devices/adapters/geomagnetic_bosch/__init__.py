"""The adapter geomagnetic_bosch."""
