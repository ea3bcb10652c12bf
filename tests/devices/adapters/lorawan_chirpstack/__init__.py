"""The adapter lorawan_chirpstack."""
