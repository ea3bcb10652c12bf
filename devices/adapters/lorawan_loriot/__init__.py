"""LORIOT: a hosted LoRaWAN network server."""
