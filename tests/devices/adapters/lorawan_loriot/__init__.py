"""The adapter lorawan_loriot."""
