"""The adapter geomagnetic_moko."""
