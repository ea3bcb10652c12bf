"""The adapter lorawan_things_stack."""
