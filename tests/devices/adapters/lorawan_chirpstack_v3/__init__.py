"""The adapter lorawan_chirpstack_v3."""
