"""The adapter lorawan_wanesy."""
