"""The adapter lorawan_thingpark."""
