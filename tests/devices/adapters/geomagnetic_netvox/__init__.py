"""The adapter geomagnetic_netvox."""
