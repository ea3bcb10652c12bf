"""The adapter geomagnetic_pni."""
