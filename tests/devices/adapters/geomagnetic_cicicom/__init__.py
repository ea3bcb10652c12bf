"""The adapter geomagnetic_cicicom."""
