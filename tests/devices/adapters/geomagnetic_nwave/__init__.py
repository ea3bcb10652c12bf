"""The adapter geomagnetic_nwave."""
