"""The adapter geomagnetic_tekzitel."""
