"""The adapter geomagnetic_dingtek."""
