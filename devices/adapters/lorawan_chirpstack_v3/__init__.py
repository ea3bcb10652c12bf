"""ChirpStack v3: the older LoRaWAN network server, whose application server has two forms of JSON."""
