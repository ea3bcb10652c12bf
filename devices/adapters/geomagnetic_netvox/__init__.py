"""Netvox R719A: a parking sensor on the surface over LoRaWAN."""
