"""The Things Stack v3: a LoRaWAN network server that posts or publishes what sensors send."""
