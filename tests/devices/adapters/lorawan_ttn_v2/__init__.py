"""The adapter lorawan_ttn_v2."""
